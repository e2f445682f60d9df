"""Who may read a product and what of it: the contract's roles against its columns.

Belongs here: a role's clearance, masks. Does not: masking (platform/input_port, grants), whether
roles may be as they are (policies).

Roles add up: whoever has a role of its own also has everyone's. The owning domain sees everything,
as it made it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.contracts.model import CLASSIFICATIONS
from shared_policies.governance.contracts.refinement import Ranked
from shared_policies.platform.input_port import EVERYONE

if TYPE_CHECKING:
    from shared_policies.governance.contracts.model import Column, Contract
    from shared_policies.platform.input_port import Mask

# A classification protects the more, a clearance shows the more, the further right it stands.
PROTECTION = Ranked(CLASSIFICATIONS)


def clearance_of(contract: Contract, role: str) -> str | None:
    """The highest classification whose values `role` sees; None where it may not read at all."""
    if role == contract.domain:
        return CLASSIFICATIONS[-1]
    held = [one.clearance for one in contract.roles if one.role in {role, EVERYONE}]
    return max(held, key=CLASSIFICATIONS.index, default=None)


def sees(contract: Contract, role: str, column: Column) -> bool:
    """Whether `role` reads the column's values."""
    clearance = clearance_of(contract, role)
    return clearance is not None and PROTECTION.refines(clearance, column.classification)


def masks_of(contract: Contract, role: str) -> dict[str, Mask]:
    """The columns that `role` reads without their values, and what stands there instead."""
    return {one.name: mask_of(one) for one in contract.columns if not sees(contract, role, one)}


def mask_of(column: Column) -> Mask:
    """What stands in the place of a value: another hash of what is a hash, else NULL."""
    return "hash" if column.personal == "hashed" and column.logical_type == "string" else "null"


def masks_by_role(contract: Contract) -> dict[str, dict[str, Mask]]:
    """What each role that may read does not see, the owner's role among them: for manifests."""
    roles = [contract.domain, *(one.role for one in contract.roles)]
    return {role: masks_of(contract, role) for role in sorted(set(roles))}
