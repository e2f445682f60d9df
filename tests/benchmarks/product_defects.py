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


def _measures(contract: Contract) -> list[str]:
    return [one.name for one in contract.columns if one.is_summed]


def _labels(contract: Contract) -> list[str]:
    """What is said of a row in words, beside its key."""
    return [
        one.name
        for one in contract.columns
        if one.data_type.lower() == "varchar" and one.key_position is None
    ]


def _scaled(factor: int) -> Callable[[str, Contract], str | None]:
    def sql(table: str, contract: Contract) -> str | None:
        scaled = ", ".join(f"{one} = {one} * {factor}" for one in _measures(contract))
        return f"update {table} set {scaled}" if scaled else None

    return sql


def _last_measure_zero(table: str, contract: Contract) -> str | None:
    measures = _measures(contract)
    return f"update {table} set {measures[-1]} = 0" if measures else None


def _relabelled(table: str, contract: Contract) -> str | None:
    """The company's currency under another name, on every row."""
    if contract.column("reporting_currency") is None:
        return None
    return f"update {table} set reporting_currency = 'USD'"


def _exchanged(chosen: Callable[[Contract], list[str]]) -> Callable[[str, Contract], str | None]:
    """Each row takes the next one's values, in an order that has nothing to do with the data."""

    def sql(table: str, contract: Contract) -> str | None:
        names = chosen(contract)
        if not names:
            return None
        key = ", ".join(contract.key)
        taken = ", ".join(
            f"coalesce(lead({one}) over around, first_value({one}) over around) as {one}"
            for one in names
        )
        same = " and ".join(f"spoiled.{one} = other.{one}" for one in contract.key)
        return (
            f"update {table} as spoiled set {', '.join(f'{one} = other.{one}' for one in names)}"
            f" from (select {key}, {taken} from {table} window around as (order by hash({key})"
            f" rows between unbounded preceding and unbounded following)) as other where {same}"
        )

    return sql


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
    ProductDefect("x100 in every measure", _scaled(100)),
    ProductDefect("sign flip in every measure", _scaled(-1)),
    ProductDefect("last measure zero", _last_measure_zero),
    ProductDefect("measures exchanged between rows", _exchanged(_measures)),
    ProductDefect("labels exchanged between rows", _exchanged(_labels)),
    ProductDefect("reporting currency relabelled", _relabelled),
    ProductDefect("newest day missing", _without_newest_day),
)
