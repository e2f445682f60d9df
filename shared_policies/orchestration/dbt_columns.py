"""The columns of dbt's models, and of candidates also where each comes from.

Belongs here: what Dagster's pages show of a model's columns. Does not: building it (dbt.py),
finding where a column comes from (dbt_lineage.py).

dagster-dbt would open dbt's adapter in this process and ask for one model after the other, which
takes three seconds a run; the warehouse answers for all of them at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster._core.utils import exhaust_iterator_and_yield_results_with_exception

from shared_policies.orchestration.dbt_lineage import Columns, column_lineage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from dagster_dbt import DbtCliInvocation

    from shared_policies.platform.warehouse import Warehouse


def with_columns(
    building: DbtCliInvocation, warehouse: Warehouse, *, lineage: Path
) -> Iterator[Any]:
    """Dbt's events after its end, as until then the warehouse is dbt's alone.

    `lineage` is the folder of what was traced before.

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
        metadata = _described(building, node, known, lineage)
        yield event.with_metadata({**event.metadata, **metadata})


def _described(
    building: DbtCliInvocation,
    node: Mapping[str, Any],
    known: Mapping[str, Columns],
    lineage: Path,
) -> dict[str, Any]:
    """Where columns come from is what readers ask of products."""
    columns = known[node["relation_name"]]
    schema = dg.TableSchema(
        columns=[dg.TableColumn(name, column["data_type"]) for name, column in columns.items()]
    )
    described = {"dagster/column_schema": schema}
    if node["fqn"][1] != "products":
        return described
    return described | column_lineage(building, node, known, kept_in=lineage)


def _kept(node: Mapping[str, Any]) -> bool:
    """It stands in the warehouse under a name."""
    return node["resource_type"] in {"model", "seed", "source"}


def _relation(node: Mapping[str, Any]) -> str:
    return f"{node['schema']}.{node.get('identifier') or node['alias']}"


def _typed(columns: Mapping[str, str]) -> Columns:
    return {name: {"data_type": data_type} for name, data_type in columns.items()}
