"""A platform in trouble loses us nothing, whether the pull ends well or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scenarios.faults.platform_faults import PLATFORM_FAULTS
from tests.scenarios.faults.trials import tried

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox.process import RunningSandbox

# One of each sort; `make bench-faults` tries them all.
IN_THE_SUITE = (
    "google_ads campaign_hour: reset in mid-stream for good",
    "google_ads campaign_hour: half an answer",
    "google_ads campaign_day: half the list of accounts",
    "google_ads campaign_day: a field is removed",
    "google_ads: refresh token revoked",
    "facebook_ads campaign_day: report stuck for good",
    "facebook_ads campaign_day: empty page with next",
    "facebook_ads campaign_day: permission lost in mid-run",
    "google_analytics: half an answer",
    "google_analytics: other_row",
    "adobe_analytics channel_day: half a page",
    "salesforce by pages: truncated for good",
    "surveys from Qualtrics: half of every file",
    "surveys from files: a workbook half copied",
    "ledger orders: half a file",
    "ledger orders: an order without a day",
    "google_ads campaign_hour: the clock is a day ahead",
    "ecb: truncated for good",
)


@pytest.fixture(scope="module")
def never_failed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("never_failed")


@pytest.mark.parametrize("name", IN_THE_SUITE)
def test_a_plain_rerun_lands_what_was_never_in_trouble(
    name: str,
    sandbox: RunningSandbox,
    never_failed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    # One key for all, so that people are hashed alike.
    monkeypatch.setenv("MESH_DATA_DIR", str(never_failed))
    [fault] = [one for one in PLATFORM_FAULTS if one.name == name]
    found = tried(fault, sandbox, never_failed, tmp_path / "landing")
    assert found.met, "the trouble never came up"
    assert found.recovered, found
    assert found.by_itself or not fault.by_itself, found
    assert found.names_place, found.told


def test_every_trouble_has_a_name_of_its_own():
    names = [one.name for one in PLATFORM_FAULTS]
    assert len(names) == len(set(names))
