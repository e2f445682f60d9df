"""Grants and masking policies for Snowflake.

Belongs here: Snowflake's SQL. Does not: who sees what (ports).

Masking policies need the Enterprise edition. A policy is named for its table and column, and stays
on the column until somebody takes it off: a column that a contract opens is opened by hand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.grants.ports import named_roles
from shared_policies.platform.input_port import EVERYONE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared_policies.governance.grants.ports import Port, Protected

# What Snowflake calls a type of a contract, where it calls it otherwise.
TYPES = {"double": "float", "timestamp with time zone": "timestamp_tz"}


def statements(ports: Sequence[Port], *, database: str) -> list[str]:
    """To be run by a role that owns the tables and may apply masking policies; repeatable."""
    roles = named_roles(ports)
    return [
        f"use database {database}",
        *(f"create role if not exists {role}" for role in roles),
        *(f"grant usage on database {database} to role {role}" for role in roles),
        *(statement for port in ports for statement in _granted(port)),
    ]


def _granted(port: Port) -> Iterator[str]:
    """Masks come first: no reader is let in before they are on."""
    for one in port.protected:
        yield from _masked(port, one)
    for role in port.strangers:
        yield f"revoke select on table {port.qualified} from role {_named(role)}"
    for role in port.readers:
        yield f"grant usage on schema {port.schema} to role {_named(role)}"
        yield f"grant select on table {port.qualified} to role {_named(role)}"


def _masked(port: Port, one: Protected) -> Iterator[str]:
    policy, body = f"{port.qualified}_{one.column.name}", _body(one)
    kind = _type(one.column.data_type)
    yield f"create masking policy if not exists {policy} as (val {kind}) returns {kind} -> {body}"
    yield f"alter masking policy {policy} set body -> {body}"
    yield (
        f"alter table {port.qualified} modify column {one.column.name} "
        f"set masking policy {policy} force"
    )


def _body(one: Protected) -> str:
    may = " or ".join(f"is_role_in_session('{role.upper()}')" for role in one.seen_by)
    instead = "sha2(val, 256)" if one.mask == "hash" else "null"
    return f"case when {may} then val else {instead} end"


def _type(data_type: str) -> str:
    return "object" if data_type.startswith("struct") else TYPES.get(data_type, data_type)


def _named(role: str) -> str:
    return "public" if role == EVERYONE else role
