"""Dagster's history on open connections: the same as Dagster's own, which reads it too."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster_shared.check import CheckError

from shared_policies.orchestration.sqlite_history import KEPT_OPEN, OpenEventLog
from tests.scenarios.mesh import dagster_home

KEY = dg.AssetKey("clicks")
CHECK = dg.AssetCheckKey(KEY, "closes")


@dg.asset(name="clicks", check_specs=[dg.AssetCheckSpec("closes", asset=KEY)])
def clicks() -> dg.MaterializeResult:
    return dg.MaterializeResult(
        metadata={"rows": 3}, check_results=[dg.AssetCheckResult(passed=True)]
    )


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("DAGSTER_HOME", str(dagster_home(tmp_path)))
    with dg.DagsterInstance.get() as found:
        assert isinstance(found.event_log_storage, OpenEventLog)
        yield found


@pytest.fixture
def dagsters_own(instance: dg.DagsterInstance, tmp_path: Path) -> Iterator[SqliteEventLogStorage]:
    """Over the same files."""
    storage = SqliteEventLogStorage(str(tmp_path / "history" / "runs"))
    storage.register_instance(instance)
    yield storage
    storage.dispose()


def ran(instance: dg.DagsterInstance) -> str:
    return dg.materialize([clicks], instance=instance).run_id


def told(event: dg.EventLogEntry) -> bool:
    return event.dagster_event_type == dg.DagsterEventType.ASSET_MATERIALIZATION


def open_files(folder: Path) -> set[str]:
    """Of this process."""
    found = {str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()}
    return {path for path in found if path.startswith(str(folder)) and path.endswith(".db")}


def test_dagster_itself_reads_what_was_written(
    instance: dg.DagsterInstance, dagsters_own: SqliteEventLogStorage
):
    run_ids = [ran(instance) for _ in range(2)]
    for run_id in run_ids:
        written = instance.event_log_storage.get_logs_for_run(run_id)
        assert dagsters_own.get_logs_for_run(run_id) == written
        [materialized] = filter(told, written)
        assert materialized.asset_materialization.metadata["rows"].value == 3
    [check] = dagsters_own.get_latest_asset_check_execution_by_key([CHECK]).values()
    assert (check.run_id, check.status.value) == (run_ids[-1], "SUCCEEDED")


def test_what_dagster_itself_wrote_meanwhile_is_seen(
    instance: dg.DagsterInstance, dagsters_own: SqliteEventLogStorage
):
    [materialized] = filter(told, instance.all_logs(ran(instance)))
    dagsters_own.store_event(materialized)
    assert len(instance.fetch_materializations(KEY, limit=10).records) == 2


def test_of_what_is_stored_at_once_nothing_stays_if_one_cannot_be(
    instance: dg.DagsterInstance, dagsters_own: SqliteEventLogStorage
):
    before = instance.all_logs(ran(instance))
    [materialized] = filter(told, before)
    no_event = SimpleNamespace(run_id=materialized.run_id)
    with pytest.raises(CheckError):
        instance.event_log_storage.store_event_batch([materialized, no_event])  # type: ignore[list-item]
    assert dagsters_own.get_logs_for_run(materialized.run_id) == before
    assert len(instance.fetch_materializations(KEY, limit=10).records) == 1
    instance.event_log_storage.store_event_batch([materialized, materialized])
    assert len(dagsters_own.get_logs_for_run(materialized.run_id)) == len(before) + 2
    assert len(instance.fetch_materializations(KEY, limit=10).records) == 3


def test_no_more_files_stay_open_than_a_few(instance: dg.DagsterInstance, tmp_path: Path):
    run_ids = [ran(instance) for _ in range(KEPT_OPEN + 3)]
    assert all(instance.all_logs(run_id) for run_id in run_ids)
    history = tmp_path / "history" / "runs"
    assert len(list(history.glob("*.db"))) == KEPT_OPEN + 4, "a file per run, and the index"
    assert len(open_files(history)) <= KEPT_OPEN
    instance.event_log_storage.dispose()
    assert not open_files(history)


def test_after_all_was_wiped_new_runs_are_kept(
    instance: dg.DagsterInstance, dagsters_own: SqliteEventLogStorage
):
    gone = ran(instance)
    instance.event_log_storage.wipe()
    assert not instance.all_logs(gone)
    kept = ran(instance)
    assert instance.all_logs(kept)
    assert dagsters_own.get_logs_for_run(kept) == instance.all_logs(kept)
