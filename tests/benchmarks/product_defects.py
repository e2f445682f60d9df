"""Defects that any published table can have, written against its contract's columns.

Belongs here: what is tried on every product. Does not: what needs to know one (defects).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from tests.benchmarks.governed_world import table_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shared_policies.governance.contracts.model import Contract


@dataclass(frozen=True)
class ProductDefect:
    """`sql` makes the statement for a table and its contract; None where it cannot have it."""

    name: str
    sql: Callable[[str, Contract], str | None]

    def strike(self, folder: Path, port: str, contract: Contract) -> bool:
        """Whether anything is another than before."""
        domain, product = port.split("/")
        warehouse, table = folder / "warehouse" / f"{domain}.duckdb", f"candidates.{product}"
        statement = self.sql(table, contract)
        if statement is None:
            return False
        before = table_of(warehouse, table)
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute(statement)
        return table_of(warehouse, table) != before


def _null_key(table: str, contract: Contract) -> str:
    return f"update {table} set {contract.key[0]} = null"


def _scaled(table: str, contract: Contract) -> str | None:
    measures = [one.name for one in contract.columns if one.additive == "over_all_rows"]
    if not measures:
        return None
    return f"update {table} set " + ", ".join(f"{one} = {one} * 100" for one in measures)


def _without_newest_day(table: str, contract: Contract) -> str | None:
    days = [
        one.name
        for one in contract.columns
        if one.data_type.lower() == "date" and one.key_position is not None
    ]
    if not days:
        return None
    return f"delete from {table} where {days[0]} = (select max({days[0]}) from {table})"


PRODUCT_DEFECTS = (
    ProductDefect("duplicate rows", lambda table, _: f"insert into {table} select * from {table}"),
    ProductDefect("empty load", lambda table, _: f"delete from {table}"),
    ProductDefect("null key", _null_key),
    ProductDefect(
        "column dropped",
        lambda table, contract: f"alter table {table} drop column {contract.columns[-1].name}",
    ),
    ProductDefect("x100 in every measure", _scaled),
    ProductDefect("newest day missing", _without_newest_day),
)
