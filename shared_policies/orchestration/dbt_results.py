"""What dbt built and tested, as Dagster's results, with the columns of every table.

Belongs here: what Dagster's pages show of a build. Does not: building (dbt.py), finding where a
column comes from (dbt_lineage.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from shared_policies.orchestration.dbt_lineage import column_lineage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from shared_policies.orchestration.dbt_process import NodeEnded
    from shared_policies.orchestration.dbt_specs import Manifest
    from shared_policies.platform.warehouse import Warehouse

BUILT, PASSED, WARNED, SKIPPED = "success", "pass", "warn", "skipped"
Result = dg.MaterializeResult[Any] | dg.AssetCheckResult


@dataclass(frozen=True)
class Build:
    """One, of which `target_path` holds the SQL; `lineage` is the folder of what was traced."""

    manifest: Manifest
    warehouse: Warehouse
    target_path: Path
    lineage: Path

    def results(self, ended: Iterable[NodeEnded]) -> Iterator[Result]:
        """Each as it ends, but candidates at last, and what reads them after them.

        Where columns come from is what readers ask of products. It follows from the columns of
        what they read, and those the warehouse is asked for when dbt is done with it.

        Raises dagster.Failure as `ended` does, after the results of all that succeeded.
        """
        later: dict[str, NodeEnded] = {}
        failure = None
        try:
            for node in ended:
                reads = self.manifest.reads(node.unique_id)
                if self.manifest.is_of_candidate(node.unique_id) or not reads.isdisjoint(later):
                    later[node.unique_id] = node
                else:
                    yield from self._result(node, {})
        except dg.Failure as failed:
            failure = failed
        columns = self._columns(later.values())
        for node in later.values():
            yield from self._result(node, columns)
        if failure is not None:
            raise failure

    def _result(self, node: NodeEnded, known: Mapping[str, Mapping[str, str]]) -> Iterator[Result]:
        if (check := self.manifest.check_specs.get(node.unique_id)) is not None:
            if node.status != SKIPPED:
                yield _checked(node, check.key)
        elif node.status == BUILT:
            metadata: dict[str, Any] = {
                "dagster/column_schema": _schema(node.columns),
                "Execution Duration": node.seconds,
            }
            if self.manifest.is_of_candidate(node.unique_id):
                metadata |= column_lineage(
                    self.manifest,
                    node.unique_id,
                    known,
                    compiled=self.target_path / "compiled",
                    kept_in=self.lineage,
                )
            yield dg.MaterializeResult(
                asset_key=self.manifest.specs[node.unique_id].key, metadata=metadata
            )

    def _columns(self, nodes: Iterable[NodeEnded]) -> Mapping[str, Mapping[str, str]]:
        """By relation, of the candidates that were built and of what they read."""
        built = [node.unique_id for node in nodes if node.status == BUILT]
        candidates = [one for one in built if self.manifest.is_of_candidate(one)]
        relations = {name for one in candidates for name in self.manifest.relations_of(one)}
        return self.warehouse.columns_of(relations) if relations else {}


def _checked(node: NodeEnded, key: dg.AssetCheckKey) -> dg.AssetCheckResult:
    is_warning = node.status == WARNED
    return dg.AssetCheckResult(
        passed=node.status == PASSED,
        asset_key=key.asset_key,
        check_name=key.name,
        severity=dg.AssetCheckSeverity.WARN if is_warning else dg.AssetCheckSeverity.ERROR,
        metadata={
            "status": node.status,
            "rows that failed": node.failures,
            "Execution Duration": node.seconds,
        },
    )


def _schema(columns: Mapping[str, str]) -> dg.TableSchema:
    return dg.TableSchema([dg.TableColumn(name, kind) for name, kind in columns.items()])
