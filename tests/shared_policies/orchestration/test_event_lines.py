"""What a log collector gets of the daily run: a JSON object a line, if it is asked for."""

from __future__ import annotations

import json
import logging
import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg

from marketing_domain.landing.facebook_ads import SOURCE as META
from shared_policies.governance.alerts.delivery import Log
from shared_policies.governance.alerts.findings import Finding
from shared_policies.governance.alerts.incidents import Incident
from shared_policies.governance.alerts.messages import message
from shared_policies.orchestration.landing_assets import landing_assets
from shared_policies.platform.company import data_settings
from shared_policies.platform.landing_store import LandingStore

if TYPE_CHECKING:
    import pytest

    from tests.sandbox.process import RunningSandbox

DAY = "2026-11-03"


def run() -> dg.ExecuteInProcessResult:
    [asset] = [one for one in landing_assets([META]) if one.key.path[-1] == "account_day"]
    with warnings.catch_warnings(), dg.DagsterInstance.ephemeral() as instance:
        warnings.simplefilter("ignore")
        return dg.materialize(
            [asset],
            partition_key=DAY,
            resources={"landing_store": LandingStore(data_settings().landing_url)},
            instance=instance,
            raise_on_error=False,
        )


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    told = capfd.readouterr().err.splitlines()
    return [json.loads(line) for line in told if line.startswith("{")]


def test_a_pull_tells_of_every_account_in_a_line_of_its_own(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("MESH_LOG_FORMAT", "json")
    run()
    capfd.readouterr()
    sandbox.set_faults(
        {
            "source": "facebook_ads",
            "kind": "permission_lost",
            "account_id": "2000000000000002",
            "times": None,
        }
    )
    result = run()
    told = {one["account"]: one for one in lines(capfd)}
    assert {one["run_id"] for one in told.values()} == {result.run_id}
    assert {one["day"] for one in told.values()} == {DAY}
    assert {one["source"] for one in told.values()} == {"facebook_ads"}
    assert {account: (one["event"], one["level"]) for account, one in told.items()} == {
        "2000000000000001": ("pull finished", "INFO"),
        "2000000000000002": ("pull failed", "ERROR"),
        "2000000000000003": ("account unreadable", "WARNING"),
    }
    assert told["2000000000000001"]["rows"] == 1
    assert told["2000000000000002"]["verdict"] == "PermissionMissing"
    assert told["2000000000000002"]["cure"]


def test_a_source_that_cannot_be_asked_at_all_is_a_line(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("MESH_LOG_FORMAT", "json")
    monkeypatch.setenv("FACEBOOK_ADS_ACCESS_TOKEN", "half of the credentials")
    assert not run().success
    [told] = lines(capfd)
    assert (told["event"], told["verdict"], told["account"]) == (
        "pull failed",
        "MisconfiguredSetting",
        None,
    )


def test_without_being_asked_for_there_are_no_lines(
    sandbox: RunningSandbox, capfd: pytest.CaptureFixture[str]
):
    assert run().success
    assert lines(capfd) == []


def test_an_alert_is_a_line_and_a_hostile_word_in_it_starts_no_other(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("MESH_LOG_FORMAT", "json")
    at = datetime(2026, 11, 4, 8, tzinfo=UTC)
    hostile = 'late\n{"event": "published"}'
    finding = Finding(
        port="marketing/spend",
        about="latency",
        grade=1,
        what=hostile,
        since=at,
        owner="team marketing",
        consumers=(),
        cure="Materialise it.",
        runbook="latency",
    )
    incident = Incident(incident_id="1", opened_at=at, finding=finding)
    told = message(incident, "opened", runbook_url="x", time_zone="UTC")
    Log(logging.getLogger("quiet")).send(told)
    [line] = [one for one in lines(capfd) if one["event"] == "alert"]
    assert (line["product"], line["change"], line["verdict"]) == (
        "marketing/spend",
        "opened",
        hostile,
    )
