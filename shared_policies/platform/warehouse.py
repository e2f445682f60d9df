"""A domain's DuckDB file, and DuckDB over Parquet: the only module that opens DuckDB.

Belongs here: short-lived connections, reading a candidate, writing Parquet. Does not: what the
tables mean, dbt's own connection.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from shared_policies.platform.errors import BadData, PipelineError, TransientFault

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    import duckdb
    import pyarrow as pa

# As dbt's own, in profiles.yml: what does not fit is spilled to disk beside the warehouse.
MEMORY_LIMIT = "2GB"
# DuckDB's words: a file that another process holds is refused by the same class of error.
DAMAGED = ("not a valid DuckDB", "enough bytes", "orrupt", "checksum", "replaying WAL")
# Three of 4 KiB, before the blocks.
HEADERS_BYTES = 3 * 4096


@dataclass(frozen=True, slots=True)
class Warehouse:
    """One domain's warehouse, as everything but dbt sees it.

    Every method opens and closes its own connection: an open one locks dbt out. Every method
    raises TransientFault while another process holds the file, and BadData if it is damaged.
    """

    path: Path
    _held: duckdb.DuckDBPyConnection | None = field(default=None, repr=False, compare=False)

    @contextmanager
    def reading(self) -> Iterator[Warehouse]:
        """The same warehouse on one connection for many questions; it is read only meanwhile.

        Opening a file costs more than most answers: 17 ms, where an audit asks fifteen times.
        """
        with self._connect() as connection:
            yield replace(self, _held=connection)

    def put_aside_if_damaged(self) -> Path | None:
        """Make room for a new file, as all that a warehouse holds is built of what was landed.

        The old one is kept beside it, for whoever wants to know; its path, or None if it is whole.
        """
        try:
            if not self.path.exists() or self._is_whole():
                return None
        except BadData:
            pass
        aside = self.path.with_name(f"{self.path.name}.damaged")
        self.path.replace(aside)
        # What was not yet taken over into the file belongs to it.
        self.path.with_name(f"{self.path.name}.wal").unlink(missing_ok=True)
        return aside

    def _is_whole(self) -> bool:
        """DuckDB opens a file of which all but the beginning was cut off.

        It may itself have cut free blocks off the end, or not yet taken a log over into the file:
        of a file that looks too short only reading tells.
        """
        with self._connect() as connection:
            [(block_size, blocks)] = connection.execute(
                "select block_size, total_blocks from pragma_database_size()"
            ).fetchall()
            if self.path.stat().st_size >= HEADERS_BYTES + int(block_size) * int(blocks):
                return True
            return _is_readable(connection)

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

    def columns_of(self, relations: Collection[str]) -> dict[str, Mapping[str, str]]:
        """As `columns`, of several relations (`schema.table`) at once."""
        found: dict[str, dict[str, str]] = {relation: {} for relation in relations}
        rows = self.rows(
            "select table_schema || '.' || table_name as relation, column_name, data_type"
            " from information_schema.columns where relation in (select unnest(?))"
            " order by ordinal_position",
            [list(relations)],
        )
        for row in rows:
            found[row["relation"]][row["column_name"]] = row["data_type"]
        return dict(found)

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

    def mount(self, port: str, files: Sequence[str], masks: Mapping[str, str]) -> None:
        """Make `port` (`domain/product`) readable as `domain.product`: a view of `files`.

        So dbt's models read other domains' products. `masks` are the port's for this domain.
        """
        domain, product = port.split("/")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._connect(read_only=False) as connection:
            connection.execute(f"create schema if not exists {domain}")
            connection.execute(
                f"create or replace view {domain}.{product} as {_seen(files, masks)}"
            )

    def tables(self) -> list[str]:
        """Every table that holds rows of its own, as `schema.table`."""
        found = self.rows(
            "select table_schema || '.' || table_name as relation from information_schema.tables"
            " where table_type = 'BASE TABLE' order by relation"
        )
        return [row["relation"] for row in found]

    def texts_like(self, relation: str, column: str, pattern: str) -> list[str]:
        """The distinct values of `column` that match `pattern` (RE2) anywhere, as text."""
        text = f'cast("{column}" as varchar)'
        found = self.rows(
            f"select distinct {text} as value from {relation} where regexp_matches({text}, ?)",
            [pattern],
        )
        return [row["value"] for row in found]

    def delete_rows(self, relation: str, column: str, value: str) -> int:
        """How many rows had this text."""
        return self._change(
            f'delete from {relation} where cast("{column}" as varchar) = ?', [value]
        )

    def replace_text(self, relation: str, column: str, old: str, new: str | None) -> int:
        """Put `new` in place of `old`; nothing, where a text has no place in the column's type."""
        return self._change(
            f'update {relation} set "{column}" = ? where cast("{column}" as varchar) = ?',
            [new, old],
        )

    def write_afresh(self) -> None:
        """Copy everything into a new file and put it in the old one's place.

        What was deleted stands in the file's free blocks until something happens to overwrite it.
        """
        import duckdb  # noqa: PLC0415  0.15 s that a location's load need not pay

        fresh = self.path.with_name(f".{self.path.name}.{uuid4().hex}.tmp")
        try:
            with duckdb.connect() as connection:
                connection.execute(f"attach '{quoted(str(self.path))}' as old (read_only)")
                connection.execute(f"attach '{quoted(str(fresh))}' as fresh")
                connection.execute("copy from database old to fresh")
            fresh.replace(self.path)
        finally:
            fresh.unlink(missing_ok=True)

    def _change(self, sql: str, parameters: Sequence[object]) -> int:
        with self._connect(read_only=False) as connection:
            return int(connection.execute(sql, list(parameters)).fetchall()[0][0])

    def _connect(
        self, *, read_only: bool = True
    ) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        import duckdb  # noqa: PLC0415  0.15 s that a location's load need not pay

        if self._held is not None:
            return nullcontext(self._held)
        try:
            connection = duckdb.connect(str(self.path), read_only=read_only)
        except duckdb.Error as error:
            if not self.path.exists():
                raise
            refusal = self._refused(error)
            if refusal is None:
                raise
            raise refusal from error
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"set memory_limit = '{MEMORY_LIMIT}'")
        return connection

    def _refused(self, error: duckdb.Error) -> PipelineError | None:
        import duckdb  # noqa: PLC0415  see above

        source = f"{self.path.stem} warehouse"
        if any(words in str(error) for words in DAMAGED):
            return BadData(
                f"{self.path} is damaged ({error}).",
                cure="Materialise the domain's models: they put it aside and build it again.",
                source=source,
            )
        if isinstance(error, duckdb.IOException):
            return TransientFault(
                f"{self.path} is in use: one process writes, or many read.",
                cure="Wait until the run that holds it has ended, then try again.",
                source=source,
            )
        return None


def _is_readable(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether every value of every table can be read."""
    import duckdb  # noqa: PLC0415  0.15 s that a location's load need not pay

    tables = connection.execute(
        """select format('"{}"."{}"', schema_name, table_name) from duckdb_tables()"""
        " where not internal and not temporary"
    ).fetchall()
    try:
        for (table,) in tables:
            connection.execute(f"select count(*), bit_xor(hash(held)) from {table} as held")
    except duckdb.Error as error:
        if any(words in str(error) for words in DAMAGED):
            return False
        raise
    return True


def query_parquet(files: Sequence[str], sql: str) -> pa.Table:
    """`sql` over the table `product`, which is all of `files` together."""
    import duckdb  # noqa: PLC0415  0.15 s that a location's load need not pay

    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"create view product as {_seen(files, {})}")
        found: pa.Table = connection.sql(sql).to_arrow_table()
        return found


def relation_of(
    files: Sequence[str], masks: Mapping[str, str], connection: duckdb.DuckDBPyConnection | None
) -> duckdb.DuckDBPyRelation:
    """`files` together as a relation of `connection`, or of DuckDB's default one.

    Raises:
        FileNotFoundError: one of them is gone.
    """
    import duckdb  # noqa: PLC0415  0.15 s that a location's load need not pay

    try:
        return (connection or duckdb.default_connection()).sql(_seen(files, masks))
    except duckdb.IOException as error:
        missing = [path for path in files if "://" not in path and not Path(path).exists()]
        if not missing:
            raise
        raise FileNotFoundError(", ".join(missing)) from error


def _seen(files: Sequence[str], masks: Mapping[str, str]) -> str:
    """A query for all of `files`, columns masked by "hash" or "null" (input_port)."""
    listed = ", ".join(f"'{quoted(path)}'" for path in files)
    # A case that never holds is NULL of the column's own type.
    how = {"hash": 'sha256("{0}") as "{0}"', "null": 'case when false then "{0}" end as "{0}"'}
    masked = ", ".join(how[mask].format(name) for name, mask in masks.items())
    replaced = f" replace ({masked})" if masks else ""
    return f"select *{replaced} from read_parquet([{listed}])"


def quoted(text: str) -> str:
    """For the inside of a SQL string literal."""
    return text.replace("'", "''")
