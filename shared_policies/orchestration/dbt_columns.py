"""The columns of dbt's models, and of candidates also where each comes from.

Belongs here: what Dagster's pages show of a model's columns. Does not: building it (dbt.py).

dagster-dbt would open dbt's adapter in this process and ask for one model after the other, which
takes three seconds a run; the warehouse answers for all of them at once.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster._core.utils import exhaust_iterator_and_yield_results_with_exception
from dagster_dbt.core.dbt_cli_event import EventHistoryMetadata, _build_column_lineage_metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dagster_dbt import DbtCliInvocation

    from shared_policies.platform.warehouse import Warehouse

_logger = logging.getLogger(__name__)
Columns = dict[str, dict[str, str]]


def with_columns(building: DbtCliInvocation, warehouse: Warehouse) -> Iterator[Any]:
    """Dbt's events after its end, as until then the warehouse is dbt's alone.

    Raises what dbt's failure is to Dagster, after all events of what succeeded.
    """
    nodes = {**building.manifest["nodes"], **building.manifest["sources"]}
    relations = {_relation(node): node["relation_name"] for node in nodes.values() if _kept(node)}
    known: dict[str, Columns] | None = None
    for event in exhaust_iterator_and_yield_results_with_exception(building.stream()):
        if not isinstance(event, (dg.Output, dg.AssetMaterialization)):
            yield event
            continue
        if known is None:
            found = warehouse.columns_of(list(relations))
            known = {relations[relation]: _typed(columns) for relation, columns in found.items()}
        node = nodes[event.metadata["unique_id"].value]
        metadata = _described(building, node, nodes, known)
        yield event.with_metadata({**event.metadata, **metadata})


def _described(
    building: DbtCliInvocation,
    node: Mapping[str, Any],
    nodes: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, Columns],
) -> dict[str, Any]:
    """Tracing takes a quarter of a second a model, and readers ask it of products."""
    columns = known[node["relation_name"]]
    schema = dg.TableSchema(
        columns=[dg.TableColumn(name, column["data_type"]) for name, column in columns.items()]
    )
    described = {"dagster/column_schema": schema}
    if node["fqn"][1] != "products":
        return described
    parents = [nodes[unique_id]["relation_name"] for unique_id in node["depends_on"]["nodes"]]
    try:
        lineage = _build_column_lineage_metadata(
            event_history_metadata=EventHistoryMetadata(
                columns=columns, parents={parent: known[parent] for parent in parents}
            ),
            dbt_resource_props=dict(node),
            manifest=building.manifest,
            dagster_dbt_translator=building.dagster_dbt_translator,
            target_path=building.target_path,
            project=building.project,
        )
    except Exception as error:  # noqa: BLE001  whatever it stumbles over, the data is there
        _logger.warning("Where the columns of %s come from is not traced: %r", node["name"], error)
        return described
    return described | lineage


def _kept(node: Mapping[str, Any]) -> bool:
    """It stands in the warehouse under a name."""
    return node["resource_type"] in {"model", "seed", "source"}


def _relation(node: Mapping[str, Any]) -> str:
    return f"{node['schema']}.{node.get('identifier') or node['alias']}"


def _typed(columns: Mapping[str, str]) -> Columns:
    return {name: {"data_type": data_type} for name, data_type in columns.items()}
