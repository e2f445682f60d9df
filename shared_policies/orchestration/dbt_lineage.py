"""Where a candidate's columns come from, traced anew only when its SQL or its inputs are others.

Belongs here: tracing by sqlglot, and remembering what it found. Does not: which columns there are
(dbt_results.py).

Tracing takes a second a candidate, and from one day to the next the same SQL says the same.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, cast

import dagster as dg

from shared_policies.orchestration.dbt_specs import relation
from shared_policies.platform.file_store import FileStore

if TYPE_CHECKING:
    from pathlib import Path

    from shared_policies.orchestration.dbt_specs import Manifest

_logger = logging.getLogger(__name__)
LINEAGE = "dagster/column_lineage"
DIALECT = "duckdb"
Columns = Mapping[str, Mapping[str, str]]


def column_lineage(
    manifest: Manifest, unique_id: str, columns: Columns, *, compiled: Path, kept_in: Path
) -> dict[str, Any]:
    """The metadata by which Dagster shows it; none, and a warning, if it cannot be traced.

    `columns` are DuckDB's types by relation and column, of the model and of all that it reads.
    `compiled` is where dbt wrote the SQL, `kept_in` the folder of what was traced before: what
    cannot be read of it is traced again.
    """
    node = manifest.content["nodes"][unique_id]
    inputs = manifest.inputs(unique_id)
    try:
        sql = (compiled / node["package_name"] / node["original_file_path"]).read_text()
        known = {name: columns[name] for name in (relation(node), *inputs)}
        query = Query(sql, node["database"], relation(node), known, inputs)
        lineage = _kept(query, FileStore(str(kept_in)), f"{node['name']}.json")
    except Exception as error:  # noqa: BLE001  whatever it stumbles over, the data is there
        _logger.warning("Where the columns of %s come from is not traced: %r", node["name"], error)
        return {}
    return {LINEAGE: lineage}


@dataclass(frozen=True)
class Query:
    """A model's SQL, its relation, and what there is by relation: columns, and assets of inputs."""

    sql: str
    database: str
    relation: str
    columns: Columns
    inputs: Mapping[str, dg.AssetKey]

    @property
    def digest(self) -> str:
        """Of all that its lineage follows from."""
        keys = {name: key.to_user_string() for name, key in self.inputs.items()}
        said = [self.sql, self.relation, self.columns, keys, version("sqlglot")]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()

    def traced(self) -> dg.TableColumnLineage:
        """For every column of the table, the columns of the inputs that its value is made of.

        A column that the SQL does not name comes from none.
        """
        import sqlglot.lineage  # noqa: PLC0415  0.3 s, and only where the SQL is another
        from sqlglot import MappingSchema, exp, parse_one  # noqa: PLC0415  likewise
        from sqlglot.optimizer import optimize  # noqa: PLC0415  likewise

        schema = MappingSchema({}, dialect=DIALECT)
        for name, columns in self.columns.items():
            full_name = exp.to_table(f"{self.database}.{name}", dialect=DIALECT)
            schema.add_table(full_name, dict(columns), dialect=DIALECT)
        tree = parse_one(self.sql, dialect=DIALECT)
        optimized = cast("exp.Query", optimize(tree, schema=schema, dialect=DIALECT))
        # lineage() takes an optimised tree for one that is not, but reads its SQL anew.
        sql = optimized.sql(dialect=DIALECT)
        named = {column.lower() for column in optimized.named_selects}
        made_of: dict[str, set[dg.TableColumnDep]] = {}
        for column in self.columns[self.relation]:
            made_of[column] = set()
            if column.lower() not in named:
                continue
            for leaf in sqlglot.lineage.lineage(column, sql, schema, dialect=DIALECT).walk():
                table = leaf.expression.find(exp.Table)
                if leaf.downstream or table is None:
                    continue
                key = self.inputs.get(f"{table.db}.{table.name}")
                if key is not None:
                    read = exp.to_column(leaf.name).name
                    made_of[column].add(dg.TableColumnDep(key, read))
        return dg.TableColumnLineage(
            {column: sorted(deps, key=str) for column, deps in made_of.items()}
        )


def _kept(query: Query, files: FileStore, path: str) -> dg.TableColumnLineage:
    """As it was traced before, or as it is now, which is kept."""
    found = _remembered(files, path, query.digest)
    if found is None:
        found = dg.serialize_value(query.traced())
        files.write(path, json.dumps({"made_of": query.digest, "lineage": found}).encode())
    return dg.deserialize_value(found, dg.TableColumnLineage)


def _remembered(files: FileStore, path: str, made_of: str) -> str | None:
    try:
        found = json.loads(files.read(path))
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(found, dict) or found.get("made_of") != made_of:
        return None
    return found.get("lineage")
