"""Lateness shows while nothing runs: the clock's sensor on a real Dagster instance."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from shared_policies.governance.alerts.sensor import clock_sensor
from shared_policies.governance.ledger import Ledger
from shared_policies.governance.products.service_levels.checks import service_level_checks
from shared_policies.platform import days
from tests.shared_policies.governance.alerts.test_delivery import webhook
from tests.shared_policies.governance.service_levels.promises import audited, contract, utc

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecord

SPEND = contract(latency="PT9H", freshness="PT26H", target=0.95)
REPORT = contract("finance/report", upstream=["marketing/spend@1"], latency="PT12H", target=0.95)
CONTRACTS = [SPEND, REPORT]


@dataclass
class Clock:
    now: datetime


@dataclass
class Mesh:
    """An instance, the sensor as its daemon would run it, and the clock on the wall."""

    instance: dg.DagsterInstance
    sensor: dg.SensorDefinition
    ledger: Ledger
    clock: Clock
    cursor: str | None = None

    def tick(self, at: str) -> int:
        """Evaluate the sensor `at`, report what it reports; how many checks it reported."""
        self.clock.now = utc(at)
        with dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, resources={"ledger": self.ledger}
        ) as context:
            result = self.sensor.evaluate_tick(context)
        for event in result.asset_events:
            self.instance.report_runless_asset_event(event)
        self.cursor = result.cursor
        assert not result.run_requests
        return len(result.asset_events)

    def shown(self, port: str, check_name: str) -> AssetCheckExecutionRecord | None:
        """What the UI shows of a check."""
        key = dg.AssetCheckKey(dg.AssetKey(port.split("/")), check_name)
        return self.instance.event_log_storage.get_latest_asset_check_execution_by_key([key]).get(
            key
        )


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(now=utc("2026-11-03 06:00"))
    monkeypatch.setattr(days, "now", lambda: clock.now)
    return clock


@pytest.fixture
def mesh(clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mesh]:
    monkeypatch.setenv("MESH_DATA_DIR", str(tmp_path))
    ledger = Ledger(str(tmp_path / "governance" / "ledger"))
    sensor = clock_sensor(lambda: CONTRACTS, dict)
    with dg.DagsterInstance.ephemeral() as instance:
        yield Mesh(instance=instance, sensor=sensor, ledger=ledger, clock=clock)


def test_a_product_turns_late_at_its_deadline_although_nothing_ran(mesh: Mesh):
    mesh.ledger.append(audited("2026-11-03 07:00", through="2026-11-02"))
    mesh.tick("2026-11-03 07:30")
    mesh.tick("2026-11-04 07:59")
    before = mesh.shown("marketing/spend", "latency_is_kept")
    mesh.tick("2026-11-04 08:01")
    after = mesh.shown("marketing/spend", "latency_is_kept")
    assert before is not None
    assert after is not None
    assert before.event.asset_check_evaluation.passed
    assert not after.event.asset_check_evaluation.passed
    assert after.event.asset_check_evaluation.severity is dg.AssetCheckSeverity.ERROR
    assert "2026-11-03 is not published" in after.event.asset_check_evaluation.description
    assert mesh.instance.get_runs() == []


def test_the_owner_is_told_once_and_told_when_it_came(mesh: Mesh, monkeypatch: pytest.MonkeyPatch):
    with webhook(200) as hook:
        monkeypatch.setenv("ALERTS_WEBHOOK_URL", hook.url)
        mesh.ledger.append(audited("2026-11-03 07:00", through="2026-11-02"))
        mesh.tick("2026-11-03 07:30")
        for at in ("08:01", "08:03", "08:05"):
            mesh.tick(f"2026-11-04 {at}")
        mesh.ledger.append(audited("2026-11-04 08:06", through="2026-11-03"))
        mesh.tick("2026-11-04 08:07")
    told = [(body["event"], body["about"]) for _, body in hook.got if body["product"] == SPEND.port]
    assert told == [
        ("opened", "latency"),
        ("opened", "error-budget"),  # one day is two thirds of what 0.95 lets be missed
        ("closed", "latency"),
    ]


def test_a_product_that_never_ran_is_late_after_its_first_deadline(mesh: Mesh):
    mesh.tick("2026-11-03 12:00")
    early = mesh.shown("finance/report", "latency_is_kept")
    mesh.tick("2026-11-04 11:01")
    late = mesh.shown("finance/report", "latency_is_kept")
    assert early is None  # nothing was due: neither kept nor late
    assert late is not None
    assert late.event.asset_check_evaluation.severity is dg.AssetCheckSeverity.ERROR


def test_checks_are_reported_when_their_answer_changes_and_not_at_every_look(mesh: Mesh):
    mesh.ledger.append(audited("2026-11-03 07:00", through="2026-11-02"))
    assert mesh.tick("2026-11-03 07:30") == 2  # latency and budget of the one that is there
    assert mesh.tick("2026-11-03 07:32") == 0
    # Its freshness on a whole day, its budget with it; and the other, which never came, is late.
    assert mesh.tick("2026-11-03 23:01") == 4


def test_a_webhook_that_is_down_does_not_stop_the_clock(
    mesh: Mesh, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    with webhook(404) as hook:
        monkeypatch.setenv("ALERTS_WEBHOOK_URL", hook.url)
        mesh.tick("2026-11-03 07:30")
        assert mesh.tick("2026-11-04 11:01")
        open_incidents = json.loads((tmp_path / "governance/incidents/open.json").read_text())
        refused = len(hook.got)
        hook.answers = [200]
        mesh.tick("2026-11-04 11:03")
    assert refused == len(open_incidents)
    assert len(hook.got) == 2 * refused


def test_the_same_checks_can_be_run_by_a_schedule(mesh: Mesh):
    mesh.ledger.append(audited("2026-11-03 07:00", through="2026-11-02"))
    mesh.clock.now = utc("2026-11-03 07:30")
    job = dg.define_asset_job("checks", selection=dg.AssetSelection.all_asset_checks())
    definitions = dg.Definitions(
        asset_checks=[service_level_checks(lambda: CONTRACTS)],
        jobs=[job],
        resources={"ledger": mesh.ledger},
        executor=dg.in_process_executor,
    )
    result = definitions.resolve_job_def("checks").execute_in_process(
        instance=mesh.instance, raise_on_error=False
    )
    found = {
        (one.asset_key.to_user_string(), one.check_name): (one.passed, one.severity)
        for one in result.get_asset_check_evaluations()
    }
    assert result.success
    # Nothing else was due yet: what has no evidence is not shown as anything.
    assert found == {
        (SPEND.port, "latency_is_kept"): (True, dg.AssetCheckSeverity.WARN),
        (SPEND.port, "error_budget_lasts"): (True, dg.AssetCheckSeverity.WARN),
    }
