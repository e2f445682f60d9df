"""Whether a code location may load: what it holds, judged by every static policy at once.

Belongs here: finding the facts of a location, the message of a refusal. Does not: the rules
(policies/static), what is added to what may load (govern).

A contract is compared with the one in the manifest of the version that consumers read now: that is
what they rely on, whatever a branch or a file says, and it needs no git. Where nothing was
published yet there is nothing to break. A store that cannot be reached does not keep a location
from loading, because the same comparison is made again before anything is published (CHG-01).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import dagster as dg
import yaml

from shared_policies.governance.contracts.breaking import Comparison, compared
from shared_policies.governance.contracts.installed import (
    InstalledContracts,
    domain_folders,
    installed_contracts,
    installed_root,
)
from shared_policies.governance.contracts.loading import ContractBroken, published_contract
from shared_policies.governance.policies.mesh_pack import MESH
from shared_policies.governance.policies.pack import Pack, PackBroken
from shared_policies.governance.policies.static.location import Asset, Location
from shared_policies.governance.service_levels.composition import impossible
from shared_policies.governance.waivers import (
    WAIVERS_FILE,
    Waiver,
    WaiversBroken,
    load_waivers,
    refusals,
)
from shared_policies.platform.company import company_settings, data_settings
from shared_policies.platform.days import local_day, now
from shared_policies.platform.errors import NotPublished
from shared_policies.platform.product_store import ProductStore

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from shared_policies.governance.contracts.model import Contract
    from shared_policies.governance.policies.verdicts import Verdict

GOVERNANCE = "shared_policies/governance"
LOCK_FILE = f"{GOVERNANCE}/policies/pack.lock"
TEAMS_FILE = f"{GOVERNANCE}/teams.yaml"


class GovernanceRefused(ValueError):
    """A code location that may not load; the message lists everything that is wrong.

    `verdicts` are those of every static policy, the kept ones included.
    """

    def __init__(self, domain: str, verdicts: Sequence[Verdict], pack: Pack) -> None:
        self.domain = domain
        self.verdicts = tuple(verdicts)
        broken = [verdict for verdict in verdicts if verdict.blocks]
        listed = "\n".join(line for verdict in broken for line in told(verdict, pack))
        super().__init__(f"The {domain} domain may not load:\n{listed}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mesh:
    """What all locations share: contracts, teams, reviewed rules, what consumers read now."""

    root: Path
    installed: InstalledContracts
    teams: Mapping[str, Collection[str]]
    pinned: str | None
    product_store: ProductStore
    today: date

    @classmethod
    def at(cls, root: Path) -> Mesh:
        """The mesh whose packages stand in `root`; its store is the installation's."""
        lock = root / LOCK_FILE
        teams: dict[str, list[str] | None] = yaml.safe_load((root / TEAMS_FILE).read_text())
        return cls(
            root=root,
            installed=installed_contracts(root),
            teams={team: members or [] for team, members in teams.items()},
            pinned=lock.read_text().strip() if lock.exists() else None,
            product_store=ProductStore(data_settings().products_url),
            today=local_day(now(), time_zone=company_settings().reporting_time_zone),
        )

    @classmethod
    def here(cls) -> Mesh:
        """The mesh whose packages are installed."""
        return cls.at(installed_root())

    def folder(self, domain: str) -> Path:
        return domain_folders(self.root).get(domain, self.root / f"{domain}_domain")

    def waivers(self, domain: str) -> tuple[Waiver, ...]:
        """Raises WaiversBroken for a file that cannot be read."""
        return load_waivers(self.folder(domain) / WAIVERS_FILE)


def admitted(location: Location, mesh: Mesh) -> list[Verdict]:
    """The verdict of every static policy on `location`.

    Raises:
        GovernanceRefused: one of them blocks.
    """
    verdicts = judged(location, mesh)
    if any(verdict.blocks for verdict in verdicts):
        raise GovernanceRefused(location.domain, verdicts, location.floor)
    return verdicts


def judged(location: Location, mesh: Mesh) -> list[Verdict]:
    """The verdict of every static policy, a failure let through where a waiver covers it.

    The mesh's own static policies judge, whatever the domain's pack says of them.
    """
    static = location.floor.of_phase("static")
    verdicts = [
        one.judge(location, today=location.today, values=static.values_of(one.code))
        for one in static.policies
    ]
    try:
        waivers = mesh.waivers(location.domain)
    except WaiversBroken:
        return verdicts
    return [_waived(verdict, waivers, location) for verdict in verdicts]


def location_of(
    assets: Iterable[object], *, domain: str, mesh: Mesh, pack: Pack = MESH
) -> Location:
    """What stands in a location and beside it: `assets` as given to Definitions."""
    known = [asset for asset in assets if isinstance(asset, dg.AssetsDefinition)]
    contracts = [one for one in mesh.installed.contracts if one.domain == domain]
    found = tuple(_asset(spec, asset) for asset in known for spec in asset.specs)
    elsewhere, absent = _elsewhere(contracts, found, mesh)
    promised = (*mesh.installed.contracts, *elsewhere)
    comparisons, unreadable = _compared(contracts, mesh.product_store)
    folder = f"{mesh.folder(domain).relative_to(mesh.root)}/"
    broken = {path: text for path, text in mesh.installed.broken.items() if path.startswith(folder)}
    return Location(
        domain=domain,
        assets=found,
        contracts=tuple(contracts),
        mesh=promised,
        absent=absent,
        broken={**broken, **unreadable},
        comparisons=tuple(comparisons),
        teams=mesh.teams,
        loose_rules=dict(_loose_rules(contracts, pack)),
        impossible={one.port: impossible(_without(one, absent), promised) for one in contracts},
        wrong_waivers=tuple(_wrong_waivers(domain, mesh, pack)),
        unseen=tuple(_named(asset) for asset in assets if asset not in known),
        floor=MESH,
        pack=pack,
        pinned=mesh.pinned,
        today=mesh.today,
    )


def told(verdict: Verdict, pack: Pack) -> Iterator[str]:
    """A blocking verdict for people: what, where, why, and the cure of each defect."""
    policy = pack.policy(verdict.code)
    yield f"{verdict.code} {policy.sentence} Why: {policy.why}"
    if not verdict.samples:
        yield f"  - {verdict.observed}; expected {verdict.expected}. {verdict.remedy}"
    for defect in verdict.samples:
        yield f"  - {defect['where']}: {defect['what']}. {defect['cure']}"


def published_before(contract: Contract, product_store: ProductStore) -> Contract | None:
    """The contract of the version that consumers read now, of this major version or an earlier.

    Raises:
        ContractBroken: it was published with a contract that can no longer be read.
    """
    for major_version in range(contract.major_version, 0, -1):
        try:
            version = product_store.current(contract.port, major_version=major_version)
        except NotPublished:
            continue
        document = version.details.get("contract")
        return None if document is None else published_contract(document)
    return None


def _elsewhere(
    contracts: Iterable[Contract], assets: Sequence[Asset], mesh: Mesh
) -> tuple[list[Contract], frozenset[str]]:
    """Contracts of ports whose domains are not installed here, as published; and ports without.

    A port that the contract names and no asset reads is a slip of the pen, not another
    installation's. Without any assets (`policies lint`) that cannot be told.
    """
    here = domain_folders(mesh.root)
    read = {key for asset in assets for key in asset.deps}
    entries = {entry for one in contracts for entry in one.upstream}
    found, absent = [], set()
    for port, _, major_version in sorted(entry.partition("@") for entry in entries):
        if port.partition("/")[0] in here or (assets and port not in read):
            continue
        try:
            version = mesh.product_store.current(port, major_version=int(major_version))
            found.append(published_contract(version.details["contract"]))
        except (NotPublished, OSError, LookupError, ContractBroken) as error:
            logging.getLogger(__name__).warning("%s: asked when it is opened: %s", port, error)
            absent.add(port)
    return found, frozenset(absent)


def _without(contract: Contract, ports: Collection[str]) -> Contract:
    """`contract` as far as it reads what can be seen from here."""
    seen = tuple(entry for entry in contract.upstream if entry.partition("@")[0] not in ports)
    return replace(contract, upstream=seen)


def _compared(
    contracts: Iterable[Contract], product_store: ProductStore
) -> tuple[list[Comparison], dict[str, str]]:
    comparisons, unreadable = [], {}
    for contract in contracts:
        try:
            before = published_before(contract, product_store)
        except OSError as error:
            logging.getLogger(__name__).warning("%s: not compared: %s", contract.port, error)
            continue
        except ValueError as error:
            unreadable[contract.port] = f"its published contract cannot be read: {error}"
            continue
        if before is not None:
            comparisons.append(compared(before, contract))
    return comparisons, unreadable


def _asset(spec: dg.AssetSpec, asset: dg.AssetsDefinition) -> Asset:
    checks = {key.name for key in asset.check_keys if key.asset_key == spec.key}
    digest: Any = spec.metadata.get("policy pack")
    return Asset(
        key="/".join(spec.key.path),
        layer=spec.tags.get("layer", "none"),
        owners=tuple(spec.owners),
        description=spec.description or "",
        group=spec.group_name or "",
        kinds=frozenset(spec.kinds),
        deps=tuple("/".join(dep.asset_key.path) for dep in spec.deps),
        checks=frozenset(checks),
        pack_digest=getattr(digest, "value", digest),
    )


def _named(asset: object) -> str:
    key = getattr(asset, "key", None)
    return key.to_user_string() if isinstance(key, dg.AssetKey) else type(asset).__name__


def _loose_rules(contracts: Iterable[Contract], pack: Pack) -> Iterator[tuple[str, str]]:
    for contract in contracts:
        try:
            pack.for_contract(contract)
        except (PackBroken, ValueError) as error:
            yield contract.port, str(error)


def _wrong_waivers(domain: str, mesh: Mesh, pack: Pack) -> Iterator[str]:
    try:
        waivers = mesh.waivers(domain)
    except WaiversBroken as error:
        yield str(error)
        return
    found = refusals(
        waivers,
        domain=domain,
        contracts=mesh.installed.contracts,
        pack=pack,
        teams=mesh.teams,
        today=mesh.today,
    )
    yield from map(str, found)


def _waived(verdict: Verdict, waivers: Sequence[Waiver], location: Location) -> Verdict:
    """WAIVED where every defect is one that a waiver of this policy and product covers.

    A waiver that is itself wrong never gets here: the location is refused for it.
    """
    by_port = {
        f"{location.domain}/{one.product}": one for one in waivers if one.policy == verdict.code
    }
    covering = [by_port.get(str(defect["where"]).split(" ")[0]) for defect in verdict.samples]
    names = sorted({one.name for one in covering if one is not None})
    if verdict.blocks and verdict.samples and None not in covering:
        return verdict.waived("; ".join(names))
    return verdict
