"""Meta's breakdowns and creatives through the real client library, against the world's delivery."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from marketing_domain.connectors.facebook_ads import REPORTS, STREAMS, connect
from marketing_domain.connectors.facebook_ads_breakdowns import ACTIONS, DELIVERED
from marketing_domain.connectors.facebook_ads_streams import CAMPAIGN_ID, Column, Insights
from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import PipelineError

if TYPE_CHECKING:
    from tests.sandbox.process import RunningSandbox

DAYS = DayRange(start=date(2026, 10, 26), end=date(2026, 10, 28))
ACCOUNT = "2000000000000001"
BREAKDOWNS = {
    "device_day": ("publisher_platform", "impression_device"),
    "country_day": ("country",),
    "region_day": ("region",),
    "age_gender_day": ("age", "gender"),
}


@pytest.fixture(autouse=True)
def _sandbox(sandbox: RunningSandbox) -> None:
    """Every test asks it, and `rows` keeps what was asked without faults."""


@cache
def rows(stream: str) -> list[dict[str, Any]]:
    connector = connect()
    account = next(one for one in connector.accounts().readable if one.account_id == ACCOUNT)
    return list(connector.pull(STREAMS[stream], account, DAYS).rows.to_pylist())


@pytest.mark.parametrize("stream", BREAKDOWNS)
def test_a_breakdown_adds_up_to_every_campaign(sandbox: RunningSandbox, stream: str):
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in rows(stream):
        total = sums[row["campaign_id"], str(row["account_day"])]
        total[0] += row["impressions"]
        total[1] += row["outbound_clicks"]
        total[2] += int(row["spend"] * 1_000_000)
    asked = {"start": DAYS.start, "end": DAYS.end, "by": "campaign_day"}
    truth = {
        (row["campaign_id"], row["day"]): [row["impressions"], row["clicks"], row["cost_micros"]]
        for row in sandbox.truth("facebook_ads/delivery", account_id=ACCOUNT, **asked)
    }
    assert {key: one for key, one in sums.items() if any(one)} == truth


@pytest.mark.parametrize(("stream", "names"), BREAKDOWNS.items())
def test_every_row_says_of_which_part_it_is(stream: str, names: tuple[str, ...]):
    assert all(row[name] for row in rows(stream) for name in names)
    parts = {tuple(row[name] for name in names) for row in rows(stream)}
    assert len(parts) > 5


@pytest.mark.parametrize(
    ("stream", "known"), [("country_day", "unknown"), ("region_day", "Unknown")]
)
def test_where_nobody_can_tell_the_place_meta_says_so(stream: str, known: str):
    assert known in {row[stream.removesuffix("_day")] for row in rows(stream)}


def test_actions_come_by_age_and_are_not_asked_for_by_region():
    purchased = [
        action
        for row in rows("age_gender_day")
        for action in row["actions"]
        if action["action_type"] == "purchase"
    ]
    assert purchased
    assert "actions" not in STREAMS["region_day"].schema.names


def test_outside_of_meta_nothing_is_told_by_region(monkeypatch: pytest.MonkeyPatch):
    by_region = Column("region", "region", "text")
    with_actions = Insights("campaign", (CAMPAIGN_ID, by_region, ACTIONS), breakdowns=("region",))
    monkeypatch.setitem(REPORTS, "country_day", with_actions)  # type: ignore[arg-type]  a dict
    rows.cache_clear()
    told = {action["action_type"] for row in rows("country_day") for action in row["actions"]}
    rows.cache_clear()
    assert "link_click" in told
    assert not {one for one in told if "purchase" in one}


def test_breakdowns_that_may_not_stand_together_are_refused(monkeypatch: pytest.MonkeyPatch):
    crossed = Insights("campaign", (CAMPAIGN_ID, *DELIVERED), breakdowns=("age", "region"))
    monkeypatch.setitem(REPORTS, "region_day", crossed)  # type: ignore[arg-type]  a dict
    rows.cache_clear()
    with pytest.raises(PipelineError, match="data breakdown columns"):
        rows("region_day")


def test_a_creative_s_link_stands_where_its_kind_keeps_it():
    found = {row["ad_id"]: json.loads(row["object_story_spec"]) for row in rows("ad_creative")}
    kinds = {kind for one in found.values() for kind in one if kind != "page_id"}
    assert kinds == {"link_data", "video_data"}
    assert {row["ad_id"] for row in rows("ad_creative")} == {row["ad_id"] for row in rows("ad")}
