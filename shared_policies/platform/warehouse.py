"""A domain's DuckDB file, and DuckDB over Parquet: the only module that opens DuckDB.

Belongs here: short-lived connections, reading a candidate, writing Parquet. Does not: what the
tables mean, dbt's own connection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import duckdb
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Warehouse:
    """One domain's warehouse, as everything but dbt sees it.

    Every method opens and closes its own connection: an open one locks dbt out.
    """

    path: Path

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, Any]]:
        """A small answer, a mapping per row."""
        with self._connect() as connection:
            answer: pa.Table = connection.sql(sql, params=list(parameters)).to_arrow_table()
            return list(answer.to_pylist())

    def columns(self, relation: str) -> Mapping[str, str]:
        """Column name to DuckDB type, in the table's order. Empty if there is no such relation."""
        schema, table = relation.split(".")
        found = self.rows(
            "select column_name, data_type from information_schema.columns"
            " where table_schema = ? and table_name = ? order by ordinal_position",
            [schema, table],
        )
        return {row["column_name"]: row["data_type"] for row in found}

    def export(self, relation: str, target: Path, *, order_by: Sequence[str]) -> None:
        """Write `relation` to one Parquet file, sorted, so that equal tables are equal files."""
        order = ", ".join(order_by)
        with self._connect() as connection:
            connection.execute(
                f"copy (select * from {relation} order by {order}) to '{quoted(str(target))}' "
                "(format parquet, compression zstd)"
            )

    def store(self, relation: str, table: pa.Table) -> None:
        """Make `table` the whole content of `relation` (`schema.table`): a candidate of Python."""
        schema = relation.partition(".")[0]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._connect(read_only=False) as connection:
            connection.execute(f"create schema if not exists {schema}")
            connection.register("stored", table)
            connection.execute(f"create or replace table {relation} as select * from stored")

    def mount(self, port: str, files: Sequence[str]) -> None:
        """Make `port` (`domain/product`) readable as `domain.product`: a view of `files`.

        So dbt's models read other domains' products.
        """
        domain, product = port.split("/")
        listed = ", ".join(f"'{quoted(path)}'" for path in files)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._connect(read_only=False) as connection:
            connection.execute(f"create schema if not exists {domain}")
            connection.execute(
                f"create or replace view {domain}.{product} as "
                f"select * from read_parquet([{listed}])"
            )

    def _connect(self, *, read_only: bool = True) -> duckdb.DuckDBPyConnection:
        import duckdb  # noqa: PLC0415  0.15 s that a location's load need not pay

        connection = duckdb.connect(str(self.path), read_only=read_only)
        connection.execute("set TimeZone = 'UTC'")
        return connection


def query_parquet(files: Sequence[str], sql: str) -> pa.Table:
    """`sql` over the table `product`, which is all of `files` together."""
    import duckdb  # noqa: PLC0415  0.15 s that a location's load need not pay

    listed = ", ".join(f"'{quoted(path)}'" for path in files)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"create view product as select * from read_parquet([{listed}])")
        found: pa.Table = connection.sql(sql).to_arrow_table()
        return found


def quoted(text: str) -> str:
    """For the inside of a SQL string literal."""
    return text.replace("'", "''")
