"""All contracts of the mesh, wherever the process was started: those beside the installed code.

Belongs here: where contracts stand. Does not: what one says (loading), one domain's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import shared_policies
from shared_policies.governance.contracts.loading import (
    ContractBroken,
    find_contracts,
    load_contract,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared_policies.governance.contracts.model import Contract

GOVERNANCE = "shared_policies/governance"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledContracts:
    """`broken` says of each contract that cannot be read, by its path, what is wrong with it.

    One domain's broken contract keeps that domain from loading, and nobody else.
    """

    contracts: tuple[Contract, ...]
    broken: Mapping[str, str]


def installed_root() -> Path:
    """The folder in which the packages of all domains stand."""
    return Path(shared_policies.__file__).parents[1]


def domain_folders(root: Path) -> dict[str, Path]:
    """Every domain's folder by its name, governance's own among them."""
    folders = {path.name.removesuffix("_domain"): path for path in sorted(root.glob("*_domain"))}
    return {**folders, "governance": root / GOVERNANCE}


def installed_contracts(root: Path | None = None) -> InstalledContracts:
    """Read anew, in the order of their ports; `root` is where the packages stand."""
    root = root or installed_root()
    found, broken = [], {}
    for path in find_contracts(root):
        try:
            found.append(load_contract(path))
        except ContractBroken as error:
            broken[str(path.relative_to(root))] = str(error)
    in_order = sorted(found, key=lambda contract: contract.port)
    return InstalledContracts(contracts=tuple(in_order), broken=broken)


def readable_contracts() -> tuple[Contract, ...]:
    """Every contract that can be read."""
    return installed_contracts().contracts
