"""Old runs lose their steps, and nothing that the UI says of assets is lost with them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from shared_policies.orchestration.run_history import prune_run_history
from tests.scenarios.mesh import dagster_home

DAYS = dg.DailyPartitionsDefinition(start_date="2026-01-01")
KEY = dg.AssetKey("clicks")


@dg.asset(name="clicks", partitions_def=DAYS, check_specs=[dg.AssetCheckSpec("closes", asset=KEY)])
def clicks(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    context.log.info("a step that nobody reads in a year")
    yield dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """With the history that a mesh has."""
    monkeypatch.setenv("DAGSTER_HOME", str(dagster_home(tmp_path)))
    with dg.DagsterInstance.get() as found:
        yield found


def ran(instance: dg.DagsterInstance, day: str) -> str:
    return dg.materialize([clicks], instance=instance, partition_key=day).run_id


def soon() -> datetime:
    """Every run up to now is older."""
    return datetime.now(UTC) + timedelta(minutes=1)


def test_partitions_and_checks_stay_when_their_runs_are_shortened(instance: dg.DagsterInstance):
    run_ids = [ran(instance, day) for day in ("2026-01-01", "2026-01-02", "2026-01-01")]
    assert all(len(instance.all_logs(run_id)) > 5 for run_id in run_ids)
    assert prune_run_history(instance, ended_before=soon()) == 3
    assert instance.get_materialized_partitions(KEY) == {"2026-01-01", "2026-01-02"}
    check = instance.event_log_storage.get_latest_asset_check_execution_by_key(
        [dg.AssetCheckKey(KEY, "closes")]
    )
    assert [record.status.value for record in check.values()] == ["SUCCEEDED"]
    assert len(instance.get_runs()) == 3, "the list of runs is complete"
    with dg.DagsterInstance.from_ref(instance.get_ref()) as another_process:
        assert not [one for run_id in run_ids for one in another_process.all_logs(run_id)]


def test_of_a_partition_that_was_materialised_again_only_the_last_time_stays(
    instance: dg.DagsterInstance,
):
    ran(instance, "2026-01-01")
    again = ran(instance, "2026-01-01")
    prune_run_history(instance, ended_before=soon())
    events = instance.fetch_materializations(KEY, limit=10).records
    assert [record.run_id for record in events] == [again]


def test_a_run_that_is_young_keeps_all(instance: dg.DagsterInstance):
    run_id = ran(instance, "2026-01-01")
    before = len(instance.all_logs(run_id))
    assert not prune_run_history(instance, ended_before=datetime.now(UTC) - timedelta(days=1))
    assert len(instance.all_logs(run_id)) == before


def test_a_second_look_has_nothing_to_do(instance: dg.DagsterInstance):
    ran(instance, "2026-01-01")
    assert prune_run_history(instance, ended_before=soon()) == 1
    assert prune_run_history(instance, ended_before=soon()) == 0
