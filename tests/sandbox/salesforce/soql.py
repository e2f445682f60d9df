"""SOQL, as far as it is answered here: one object, conditions on SystemModstamp, an order.

Belongs here: text to a query, the records that it chooses. Does not: the wire (routes.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from tests.sandbox.salesforce.errors import Refusal
from tests.sandbox.salesforce.records import OBJECTS

if TYPE_CHECKING:
    from tests.sandbox.world.world import World

QUERY = re.compile(
    r"SELECT\s+(?P<fields>[\w\s,()]+?)\s+FROM\s+(?P<name>\w+)(?:\s+WHERE\s+(?P<where>.+?))?"
    r"(?:\s+ORDER\s+BY\s+(?P<order>[\w\s,]+))?\s*$",
    re.IGNORECASE | re.DOTALL,
)
CONDITION = re.compile(r"(\w+)\s*(>=|<=|=|<|>)\s*('?[\w:.+-]+'?)")


@dataclass(frozen=True)
class Query:
    fields: tuple[str, ...]
    name: str
    conditions: tuple[tuple[str, str, str], ...]


def parse(text: str) -> Query:
    """Raises Refusal."""
    found = QUERY.fullmatch(text.strip())
    if found is None:
        raise Refusal("MALFORMED_QUERY", f"unexpected token: {text[:40]}")
    fields = tuple(name.strip() for name in found["fields"].split(","))
    if found["name"] not in OBJECTS:
        raise Refusal("INVALID_TYPE", f"sObject type '{found['name']}' is not supported.")
    return Query(fields, found["name"], tuple(CONDITION.findall(found["where"] or "")))


def answer(
    query: Query, world: World, as_of: datetime, *, deleted: bool, hidden: str | None
) -> list[dict[str, Any]]:
    """The chosen records with the asked fields; deleted ones only where they are asked for.

    Raises:
        Refusal: a field is not there, or the user may not see it (`hidden`).
    """
    rows = OBJECTS[query.name](world, as_of)
    for name in query.fields:
        if (rows and name not in rows[0]) or name == hidden:
            raise Refusal("INVALID_FIELD", f"No such column '{name}' on entity '{query.name}'.")
    chosen = [row for row in rows if deleted or not row.get("IsDeleted")]
    for field, operator, value in query.conditions:
        chosen = [row for row in chosen if _holds(row[field], operator, value)]
    chosen.sort(key=lambda row: (row.get("SystemModstamp", 0), row.get("Id", "")))
    return [{name: row[name] for name in query.fields} for row in chosen]


def _holds(value: datetime, operator: str, literal: str) -> bool:
    told = datetime.fromisoformat(literal).astimezone(UTC)
    return {
        ">=": value >= told, "<=": value <= told, "<": value < told, ">": value > told,
        "=": value == told,
    }[operator]  # fmt: skip


def in_json(value: Any) -> Any:  # noqa: ANN401
    """Instants with milliseconds and a zone without a colon, as Salesforce writes them."""
    if isinstance(value, datetime):
        at = value.astimezone(UTC)
        return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"
    return value.isoformat() if isinstance(value, date) else value


def in_csv(value: Any) -> str:  # noqa: ANN401
    """Bulk 2 writes Z for UTC, words for flags, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return str(in_json(value)).replace("+0000", "Z")
    return str(in_json(value))
