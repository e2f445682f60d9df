"""Grants for PostgreSQL 11 and later.

Belongs here: PostgreSQL's SQL. Does not: who sees what (ports).

PostgreSQL cannot mask a column of a table. Where one is protected nobody is granted the table; its
readers get the view `<table>_port`, which asks for the reader's role row by row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.grants.ports import named_roles
from shared_policies.platform.input_port import EVERYONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared_policies.governance.grants.ports import Port, Protected


def statements(ports: Sequence[Port]) -> list[str]:
    """To be run in one transaction by the tables' owner; repeatable.

    The owning domain's own rights are left alone: it may be the one that loads the tables.
    """
    return [
        *(_role(role) for role in named_roles(ports)),
        *(statement for port in ports for statement in _granted(port)),
    ]


def _role(role: str) -> str:
    """There is no `create role if not exists`."""
    return (
        "do $$ begin\n"
        f"    if not exists (select from pg_roles where rolname = '{role}') then\n"
        f'        create role "{role}" nologin;\n'
        "    end if;\n"
        "end $$"
    )


def _granted(port: Port) -> Iterator[str]:
    others = sorted({EVERYONE, *port.readers, *port.strangers} - {port.contract.domain})
    revoked = ", ".join(map(_named, others))
    readers = ", ".join(map(_named, port.readers))
    read = f"{port.qualified}_port" if port.protected else port.qualified
    yield f"grant usage on schema {port.schema} to {readers}"
    yield f"revoke all on {port.qualified} from {revoked}"
    if port.protected:
        yield _view(port)
        yield f"revoke all on {read} from {revoked}"
    yield f"grant select on {read} to {readers}"


def _view(port: Port) -> str:
    protected = {one.column.name: one for one in port.protected}
    columns = ",\n".join(
        f"    {_masked(protected[one.name]) if one.name in protected else _quoted(one.name)}"
        for one in port.contract.columns
    )
    return (
        f"create or replace view {port.qualified}_port with (security_barrier) as\n"
        f"select\n{columns}\nfrom {port.qualified}"
    )


def _masked(one: Protected) -> str:
    column = _quoted(one.column.name)
    may = " or ".join(f"pg_has_role('{role}', 'usage')" for role in one.seen_by)
    instead = f" else encode(sha256(convert_to({column}, 'UTF8')), 'hex')"
    otherwise = instead if one.mask == "hash" else ""
    return f"case when {may} then {column}{otherwise} end as {column}"


def _named(role: str) -> str:
    return "public" if role == EVERYONE else _quoted(role)


def _quoted(name: str) -> str:
    """Names are lower case and snake_case (contracts/profile); some are words of SQL."""
    return f'"{name}"'
