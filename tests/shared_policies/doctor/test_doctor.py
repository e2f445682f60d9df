"""What would keep the daily run from succeeding is found, named and has a cure."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from finance_domain.landing.ecb import SOURCE as ECB
from marketing_domain.connectors import google_ads
from marketing_domain.landing.facebook_ads import SOURCE as FACEBOOK_ADS
from marketing_domain.landing.google_ads import SOURCE as GOOGLE_ADS
from shared_policies.doctor import __main__ as command
from shared_policies.doctor.diagnosis import State
from shared_policies.doctor.machine import disk
from shared_policies.doctor.memory import alerts, privacy
from shared_policies.doctor.sources import examined
from shared_policies.governance.contracts.installed import domain_folders, installed_root
from shared_policies.platform import clock
from shared_policies.platform.company import data_settings
from shared_policies.platform.days import DayRange, now
from shared_policies.platform.forgetting import refuse_another_key
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.privacy import installation_pseudonyms
from shared_policies.platform.pulling import pull_accounts
from tests.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from shared_policies.doctor.diagnosis import Diagnosis
    from tests.sandbox.process import RunningSandbox

FOR_EVER = {"times": None}


@pytest.fixture
def landing_store(tmp_path: Path) -> LandingStore:
    return LandingStore(str(tmp_path / "landing"))


def about(found: Iterable[Diagnosis], what: str) -> Diagnosis:
    [one] = [one for one in found if one.what == what]
    return one


def problems(found: Iterable[Diagnosis]) -> set[str]:
    return {one.what for one in found if one.state is State.PROBLEM}


def test_an_account_whose_permission_was_lost_is_named_with_its_cure_and_no_other(
    sandbox: RunningSandbox, landing_store: LandingStore
):
    pull_accounts(
        google_ads.connect(),
        google_ads.STREAMS["account_day"],
        DayRange.single(NOW.date() - timedelta(days=1)),
        landing_store=landing_store,
        threads=1,
        on_progress=lambda _: None,
    )
    before = landing_store.files.walk()
    sandbox.set_faults(
        {
            "source": "google_ads",
            "kind": "permission_lost",
            "account_id": "1000000002",
            **FOR_EVER,
        }
    )
    found = examined(GOOGLE_ADS, landing_store)
    assert problems(found) == {"account 1000000002"}
    lost = about(found, "account 1000000002")
    assert "USER_PERMISSION_DENIED" in lost.found
    assert "access to the account" in lost.cure
    assert about(found, "account 1000000001").state is State.OK
    # Never landed, and never readable: the run goes on without it.
    assert about(found, "account 1000000003").state is State.WARN
    assert landing_store.files.walk() == before


def test_a_revoked_token_is_a_problem_of_its_sources_and_hides_no_other(
    sandbox: RunningSandbox, tmp_path: Path
):
    sandbox.set_faults({"source": "oauth", "kind": "revoked_token", **FOR_EVER})
    result = CliRunner().invoke(command.doctor, ["--json"])
    assert result.exit_code == 1
    shown: dict[str, Any] = json.loads(result.stdout)
    assert not shown["well"]
    found = [(one["where"], one["what"]) for one in shown["found"] if one["state"] == "PROBLEM"]
    assert found == [("google_ads", "credentials"), ("google_analytics", "credentials")]
    assert all(one["cure"] for one in shown["found"] if one["state"] != "OK")
    asked = {one["where"] for one in shown["found"] if one["what"] == "streams"}
    assert asked == {"adobe_analytics", "facebook_ads", "ledger", "salesforce", "surveys"}
    assert {path.name for path in tmp_path.iterdir()} == {"rate_limits"}


def test_a_mesh_that_is_well_is_a_table_and_what_is_made_up_beside_real_is_told(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    folders = domain_folders(installed_root())
    monkeypatch.setattr(command, "domain_folders", lambda _: {"finance": folders["finance"]})
    well = CliRunner().invoke(command.doctor)
    assert well.exit_code == 0
    assert well.stdout.rstrip().endswith("0 PROBLEM")
    assert "real:" not in well.stdout
    monkeypatch.setenv("ECB_RATES_URL", f"{sandbox.http_url}/stats/eurofxref/eurofxref-hist.zip")
    mixed = CliRunner().invoke(command.doctor)
    assert mixed.exit_code == 0
    [told] = [line for line in mixed.stdout.splitlines() if "real:" in line]
    assert told.split() == ["WARN", "sources", "system", "real:", "ecb;", "sandbox:", "ledger"]


def test_a_clock_that_is_wrong_by_five_minutes_is_a_problem(
    sandbox: RunningSandbox, landing_store: LandingStore, monkeypatch: pytest.MonkeyPatch
):
    assert problems(examined(ECB, landing_store)) == set()
    monkeypatch.setattr(clock, "machine_time", lambda: now() - timedelta(minutes=5))
    found = about(examined(ECB, landing_store), "clock")
    assert found.state is State.PROBLEM
    seconds = int(found.found.removeprefix("this machine is ").partition(" s behind")[0])
    assert abs(seconds - 300) <= 2


def test_a_version_that_the_platform_has_retired_is_a_problem_before_it_is_asked(
    sandbox: RunningSandbox, landing_store: LandingStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FACEBOOK_ADS_API_VERSION", "v24.0")
    found = about(examined(FACEBOOK_ADS, landing_store), "API")
    assert (found.state, "retired since 2026-10-06" in found.found) == (State.PROBLEM, True)


def test_what_crashes_is_a_finding_that_shows_no_text_of_a_stranger(landing_store: LandingStore):
    def connect() -> None:
        raise ConnectionError("https://example.com/?access_token=s3cr3t")

    found = examined(replace(GOOGLE_ADS, connect=connect), landing_store)
    assert problems(found) == {"settings"}
    assert "ConnectionError" in found[0].found
    assert "s3cr3t" not in str(found)


def test_half_of_the_credentials_is_a_problem_that_names_the_missing_ones(
    landing_store: LandingStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GOOGLE_ADS_DEVELOPER_TOKEN", "x")
    [found] = examined(GOOGLE_ADS, landing_store)
    assert found.state is State.PROBLEM
    assert "GOOGLE_ADS_REFRESH_TOKEN" in found.found


@pytest.mark.parametrize(
    ("free", "state"),
    [(500 * 10**6, State.PROBLEM), (5 * 10**9, State.WARN), (50 * 10**9, State.OK)],
)
def test_a_disk_that_is_nearly_full_is_told_before_a_run_fills_it(
    free: int, state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MESH_DATA_DIR", str(tmp_path / "not" / "yet"))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    assert about(disk(data_settings()), "disk").state is state
    assert not list(tmp_path.iterdir())


def test_another_privacy_key_than_landing_s_is_a_problem_and_none_is_made(
    tmp_path: Path, landing_store: LandingStore, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MESH_DATA_DIR", str(tmp_path))
    assert privacy(data_settings()).state is State.WARN
    assert not list(tmp_path.iterdir())
    refuse_another_key(landing_store.files, installation_pseudonyms())
    assert privacy(data_settings()).state is State.OK
    monkeypatch.setenv("MESH_PRIVACY_KEY", "k" * 32)
    assert privacy(data_settings()).state is State.PROBLEM


def test_alerts_that_reach_nobody_are_told_and_a_webhook_s_address_is_not(
    monkeypatch: pytest.MonkeyPatch,
):
    assert alerts().state is State.WARN
    monkeypatch.setenv("ALERTS_WEBHOOK_URL", "https://example.com/s3cr3t")
    assert (alerts().state, "s3cr3t" in str(alerts())) == (State.OK, False)
    monkeypatch.setenv("ALERTS_SMTP_HOST", "mail.example.com")
    assert alerts().state is State.PROBLEM
