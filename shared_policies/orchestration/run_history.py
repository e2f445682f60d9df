"""Keeps Dagster's own memory from growing with every day that it runs.

Belongs here: which events of old runs may go. Does not: how old (governance/housekeeping).
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import sqlalchemy as sa
from dagster._core.storage.dagster_run import FINISHED_STATUSES
from dagster._core.storage.event_log import SqlEventLogStorage, SqliteEventLogStorage
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    SqlEventLogStorageTable,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

PRUNED = "mesh/history_pruned"
AT_ONCE = 500
EVENTS, CHECKS, TAGS = SqlEventLogStorageTable, AssetCheckExecutionsTable, AssetEventTagsTable


def prune_run_history(instance: dg.DagsterInstance, *, ended_before: datetime) -> int:
    """Forget what finished runs did step by step; returns how many runs were looked through.

    The runs stay in the list, and so does the last materialisation of every partition and the
    last outcome of every check: deleting a run through Dagster would show its days as missing.
    Dagster has no interface for a part of a run's events, hence its own tables.
    """
    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        return 0
    old = _runs(instance, ended_before)
    for some in _chunks(old):
        _forget_events(storage, some)
        for run_id in some:
            instance.compute_log_manager.delete_logs(prefix=[run_id])
            if isinstance(storage, SqliteEventLogStorage):
                _remove_own_file(storage, run_id)
            instance.add_run_tags(run_id, {PRUNED: "true"})
    return len(old)


def _runs(instance: dg.DagsterInstance, ended_before: datetime) -> list[str]:
    finished = dg.RunsFilter(statuses=FINISHED_STATUSES, updated_before=ended_before)
    runs = instance.get_runs(filters=finished)
    return [run.run_id for run in runs if PRUNED not in run.tags]


def _forget_events(storage: SqlEventLogStorage, run_ids: Sequence[str]) -> None:
    latest = (
        sa.select(sa.func.max(EVENTS.c.id))
        .where(EVENTS.c.dagster_event_type == dg.DagsterEventType.ASSET_MATERIALIZATION.value)
        .group_by(EVENTS.c.asset_key, EVENTS.c.partition)
    )
    latest_checks = sa.select(sa.func.max(CHECKS.c.id)).group_by(
        CHECKS.c.asset_key, CHECKS.c.check_name, CHECKS.c.partition
    )
    told = EVENTS.c.run_id.in_(run_ids) & EVENTS.c.id.not_in(latest)
    with storage.index_connection() as connection:
        connection.execute(
            TAGS.delete().where(TAGS.c.event_id.in_(sa.select(EVENTS.c.id).where(told)))
        )
        connection.execute(EVENTS.delete().where(told))
        connection.execute(
            CHECKS.delete().where(CHECKS.c.run_id.in_(run_ids) & CHECKS.c.id.not_in(latest_checks))
        )


def _remove_own_file(storage: SqliteEventLogStorage, run_id: str) -> None:
    """SQLite keeps a file per run beside the index, which has the asset's events too."""
    path = Path(storage.path_for_shard(run_id))
    for one in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        one.unlink(missing_ok=True)


def _chunks(run_ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(run_ids)
    while some := list(islice(rest, AT_ONCE)):
        yield some
