"""What a warehouse must be told of a product: its table, who reads it, who sees which column.

Belongs here: what all dialects share. Does not: SQL (a module per dialect), who sees what
(contracts/access).

A product of major version 1 is the table `<domain>.<product>_v1`, loaded from the product's
Parquet files. A role of a contract is a role of the warehouse with the same name; `everyone` is
what the warehouse calls everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared_policies.governance.contracts.access import mask_of, sees
from shared_policies.platform.input_port import EVERYONE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared_policies.governance.contracts.model import Column, Contract
    from shared_policies.platform.input_port import Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """A column that some reader does not see: `mask` stands there for all but `seen_by`."""

    column: Column
    mask: Mask
    seen_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A product in a warehouse. `strangers` are the mesh's other roles, which may not read it."""

    contract: Contract
    readers: tuple[str, ...]
    strangers: tuple[str, ...]
    protected: tuple[Protected, ...]

    @property
    def schema(self) -> str:
        return self.contract.domain

    @property
    def table(self) -> str:
        """Without its schema."""
        return f"{self.contract.product}_v{self.contract.major_version}"

    @property
    def qualified(self) -> str:
        return f"{self.schema}.{self.table}"


def ports(contracts: Iterable[Contract]) -> list[Port]:
    """One per contract that can be read, by name; what is retired is granted to nobody."""
    alive = sorted((one for one in contracts if one.status != "retired"), key=lambda one: one.port)
    roles = {role for one in alive for role in _readers(one)}
    return [_port(one, roles) for one in alive]


def named_roles(found: Iterable[Port]) -> list[str]:
    """Every role of the mesh that has a name of its own."""
    return sorted({role for port in found for role in port.readers} - {EVERYONE})


def _port(contract: Contract, roles: set[str]) -> Port:
    readers = _readers(contract)
    protected = [
        Protected(
            column=column,
            mask=mask_of(column),
            seen_by=tuple(role for role in readers if sees(contract, role, column)),
        )
        for column in contract.columns
    ]
    return Port(
        contract=contract,
        readers=tuple(readers),
        strangers=tuple(sorted(roles - set(readers))),
        protected=tuple(one for one in protected if len(one.seen_by) < len(readers)),
    )


def _readers(contract: Contract) -> list[str]:
    return sorted({contract.domain, *(one.role for one in contract.roles)})
