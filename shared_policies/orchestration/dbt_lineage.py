"""Where a candidate's columns come from, traced anew only when its SQL or its inputs are others.

Belongs here: asking dagster-dbt, and remembering its answer. Does not: which columns there are
(dbt_columns.py).

Tracing takes a second a candidate, and from one day to the next the same SQL says the same.
"""

from __future__ import annotations

import hashlib
import json
import logging
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster_dbt.core.dbt_cli_event import EventHistoryMetadata, _build_column_lineage_metadata

from shared_policies.platform.file_store import FileStore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from dagster_dbt import DbtCliInvocation

_logger = logging.getLogger(__name__)
LINEAGE = "dagster/column_lineage"
Columns = dict[str, dict[str, str]]


def column_lineage(
    building: DbtCliInvocation,
    node: Mapping[str, Any],
    columns: Mapping[str, Columns],
    *,
    kept_in: Path,
) -> dict[str, Any]:
    """The metadata by which Dagster shows it; none, and a warning, if it cannot be traced.

    `columns` are those of the model and of all that it reads, by relation. `kept_in` is the folder
    of what was traced before: what cannot be read of it is traced again.
    """
    try:
        lineage = _lineage(building, node, columns, FileStore(str(kept_in)))
    except Exception as error:  # noqa: BLE001  whatever it stumbles over, the data is there
        _logger.warning("Where the columns of %s come from is not traced: %r", node["name"], error)
        return {}
    return {LINEAGE: lineage}


def _lineage(
    building: DbtCliInvocation,
    node: Mapping[str, Any],
    columns: Mapping[str, Columns],
    files: FileStore,
) -> dg.TableColumnLineage:
    inputs = _inputs(building, node)
    known = {name: columns[name] for name in (node["relation_name"], *inputs)}
    made_of = _made_of(building, node, known, list(inputs.values()))
    path = f"{node['name']}.json"
    found = _remembered(files, path, made_of)
    if found is None:
        found = dg.serialize_value(_traced(building, node, known))
        files.write(path, json.dumps({"made_of": made_of, "lineage": found}).encode())
    return dg.deserialize_value(found, dg.TableColumnLineage)


def _inputs(building: DbtCliInvocation, node: Mapping[str, Any]) -> dict[str, dg.AssetKey]:
    """By relation, under which asset Dagster shows it."""
    nodes = {**building.manifest["nodes"], **building.manifest["sources"]}
    return {
        nodes[unique_id]["relation_name"]: building.dagster_dbt_translator.get_asset_spec(
            building.manifest, unique_id, building.project
        ).key
        for unique_id in node["depends_on"]["nodes"]
    }


def _made_of(
    building: DbtCliInvocation,
    node: Mapping[str, Any],
    known: Mapping[str, Columns],
    keys: Sequence[dg.AssetKey],
) -> str:
    """A digest of all that the answer follows from."""
    compiled = building.target_path / "compiled" / node["package_name"]
    said = [
        (compiled / node["original_file_path"]).read_text(),
        known,
        [key.to_user_string() for key in keys],
        version("dagster-dbt"),
        version("sqlglot"),
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _remembered(files: FileStore, path: str, made_of: str) -> str | None:
    try:
        found = json.loads(files.read(path))
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(found, dict) or found.get("made_of") != made_of:
        return None
    return found.get("lineage")


def _traced(
    building: DbtCliInvocation, node: Mapping[str, Any], known: Mapping[str, Columns]
) -> dg.TableColumnLineage:
    relation = node["relation_name"]
    parents = {name: columns for name, columns in known.items() if name != relation}
    found = _build_column_lineage_metadata(
        event_history_metadata=EventHistoryMetadata(columns=known[relation], parents=parents),
        dbt_resource_props=dict(node),
        manifest=building.manifest,
        dagster_dbt_translator=building.dagster_dbt_translator,
        target_path=building.target_path,
        project=building.project,
    )
    traced: dg.TableColumnLineage = found[LINEAGE]
    return traced
