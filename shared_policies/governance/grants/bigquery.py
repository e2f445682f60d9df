"""Grants and data policies for BigQuery.

Belongs here: BigQuery's SQL. Does not: who sees what (ports).

A role is a Google group, `<role>@<mail domain>`; make one called everyone. A protected column has
two data policies: one lets who is cleared read the value, one lets everybody else read the mask
(SHA-256, written in base64, or NULL). Who is granted neither gets an error. Grants that a contract
no longer names are not revoked here, as BigQuery refuses to revoke what was never granted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared_policies.governance.grants.ports import Port, Protected


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the datasets are, and the domain of the groups' addresses.

    `region` is without `region-`, such as eu or europe-west3.
    """

    project: str
    region: str
    mail_domain: str


def statements(ports: Sequence[Port], *, place: Place) -> list[str]:
    """To be run by a data policy administrator who owns the datasets; repeatable."""
    return [statement for port in ports for statement in _granted(port, place)]


def _granted(port: Port, place: Place) -> Iterator[str]:
    """Masks come first: no reader is let in before they are on."""
    table = f"`{place.project}.{port.qualified}`"
    for one in port.protected:
        yield from _masked(port, one, table, place)
    readers = ", ".join(f'"group:{role}@{place.mail_domain}"' for role in port.readers)
    yield f"grant `roles/bigquery.dataViewer` on table {table} to {readers}"


def _masked(port: Port, one: Protected, table: str, place: Place) -> Iterator[str]:
    start = f"{place.project}.region-{place.region}.{port.schema}_{port.table}_{one.column.name}"
    raw, masked = f"{start}_raw", f"{start}_masked"
    expression = "SHA256" if one.mask == "hash" else "ALWAYS_NULL"
    others = [role for role in port.readers if role not in one.seen_by]
    yield (
        f"create data_policy if not exists `{raw}` "
        'options (data_policy_type = "RAW_DATA_ACCESS_POLICY")'
    )
    yield (
        f"create data_policy if not exists `{masked}` options ("
        f'data_policy_type = "DATA_MASKING_POLICY", masking_expression = "{expression}")'
    )
    yield f"grant fine_grained_read on data_policy `{raw}` to {_principals(one.seen_by, place)}"
    yield f"grant fine_grained_read on data_policy `{masked}` to {_principals(others, place)}"
    yield (
        f"alter table {table} alter column {one.column.name} set options ("
        f"data_policies = [\"{{'name':'{raw}'}}\", \"{{'name':'{masked}'}}\"])"
    )


def _principals(roles: Sequence[str], place: Place) -> str:
    return ", ".join(f'"principalSet://goog/group/{role}@{place.mail_domain}"' for role in roles)
