"""Code locations as the command line loads them: what would happen if they were deployed now.

Belongs here: finding and loading locations, the plan. Does not: rules, printing.
"""

from __future__ import annotations

import pkgutil
import tomllib
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dagster as dg
from dagster.components.definitions import LazyDefinitions

from shared_policies.governance.admission import GovernanceRefused
from shared_policies.governance.contracts.breaking import consumers
from shared_policies.governance.contracts.installed import domain_folders
from shared_policies.governance.policies.mesh_pack import MESH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from shared_policies.governance.contracts.breaking import Comparison
    from shared_policies.governance.contracts.model import Contract
    from shared_policies.governance.policies.pack import Pack


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What deploying one location would do.

    `refused` is why it would not load, None if it would. `products` are what it publishes, `reads`
    the ports of other domains to the assets that depend on them, from the asset graph.
    """

    module: str
    refused: str | None
    products: tuple[str, ...]
    reads: Mapping[str, tuple[str, ...]]


def planned(root: Path) -> Iterator[Planned]:
    """Every location of `root`'s pyproject.toml, loaded as Dagster would load it."""
    document = tomllib.loads((root / "pyproject.toml").read_text())
    with warnings.catch_warnings():
        # Beta: the only way to make a range of days one run. Nothing that a plan is about.
        warnings.filterwarnings("ignore", message=".*is currently in beta")
        yield from [_planned(entry["name"]) for entry in document["tool"]["dagster"]["modules"]]


def read_by(
    comparison: Comparison, contracts: Iterable[Contract], plan: Iterable[Planned]
) -> list[str]:
    """Who reads the published version: by contract, and in the asset graph."""
    promised = {one.port for one in consumers(comparison.old, contracts)}
    depending = {key for one in plan for key in one.reads.get(comparison.old.port, ())}
    return sorted(promised | depending)


def pack_of(contract: Contract, root: Path) -> Pack:
    """The domain's pack, named for it in its policies.py; the mesh's where it has none."""
    folder = domain_folders(root)[contract.domain]
    if not (folder / "policies.py").exists():
        return MESH
    pack: Pack = pkgutil.resolve_name(f"{folder.name}.policies:{contract.domain.upper()}")
    return pack


def _planned(module: str) -> Planned:
    try:
        definitions = _definitions(module)
    except GovernanceRefused as refusal:
        return Planned(module=module, refused=str(refusal), products=(), reads={})
    specs = list(definitions.resolve_all_asset_specs())
    own = {spec.key.path[0] for spec in specs if spec.tags.get("layer") == "product"}
    products = [_named(spec.key) for spec in specs if spec.tags.get("layer") == "product"]
    reads: dict[str, list[str]] = {}
    for spec in specs:
        for dep in spec.deps:
            if spec.key.path[0] in own and dep.asset_key.path[0] not in own:
                reads.setdefault(_named(dep.asset_key), []).append(_named(spec.key))
    return Planned(
        module=module,
        refused=None,
        products=tuple(sorted(products)),
        reads={port: tuple(sorted(keys)) for port, keys in sorted(reads.items())},
    )


def _named(key: dg.AssetKey) -> str:
    return "/".join(key.path)


def _definitions(module: str) -> dg.Definitions:
    """Locations are named in pyproject.toml, so they are resolved by name, as Dagster does."""
    for value in vars(pkgutil.resolve_name(module)).values():
        if isinstance(value, dg.Definitions):
            return value
        if isinstance(value, LazyDefinitions):
            definitions: dg.Definitions = value()
            return definitions
    raise LookupError(f"{module} holds no Definitions")
