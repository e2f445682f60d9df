"""Google Ads' levels through the real client library, against what the world delivered."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from marketing_domain.connectors.google_ads import REPORTS, STREAMS, connect, decode
from marketing_domain.connectors.google_ads_streams import DAY, Column, Report
from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import PipelineError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox.process import RunningSandbox

DAYS = DayRange(start=date(2026, 10, 26), end=date(2026, 10, 28))
MEASURES = ("impressions", "clicks", "cost_micros")
# Campaigns of the Berlin account by kind: one of each that a level treats differently.
SEARCH, PERFORMANCE_MAX, DISPLAY = "3100000", "3100001", "3100002"
Sums = dict[tuple[str, str], tuple[int, ...]]


@pytest.fixture(autouse=True)
def _sandbox(sandbox: RunningSandbox) -> None:
    """Every test asks it, and `rows` keeps what was asked without faults."""


@cache
def rows(stream: str) -> list[dict[str, Any]]:
    return ask(stream)


def ask(stream: str) -> list[dict[str, Any]]:
    connector = connect()
    berlin = next(one for one in connector.accounts().readable if one.currency == "EUR")
    found = connector.pull(STREAMS[stream], berlin, DAYS)
    assert set(found.rows.column_names) == set(STREAMS[stream].schema.names)
    return list(found.rows.to_pylist())


def by_campaign(stream: str) -> Sums:
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in rows(stream):
        total = sums[row["campaign_id"], str(row["account_day"])]
        for position, name in enumerate(MEASURES):
            total[position] += row[name]
    return {key: tuple(total) for key, total in sums.items() if any(total)}


def truth(sandbox: RunningSandbox) -> Sums:
    asked = {"start": DAYS.start, "end": DAYS.end, "by": "campaign_day"}
    return {
        (row["campaign_id"], row["day"]): tuple(row[name] for name in MEASURES)
        for row in sandbox.truth("google_ads/delivery", account_id="1000000001", **asked)
    }


def test_devices_add_up_to_every_campaign(sandbox: RunningSandbox):
    assert by_campaign("device_day") == truth(sandbox)
    assert {row["device"] for row in rows("device_day")} == {
        "DESKTOP",
        "MOBILE",
        "TABLET",
        "CONNECTED_TV",
    }


def test_asset_groups_add_up_to_their_campaign_and_no_other_campaign_has_any(
    sandbox: RunningSandbox,
):
    of_campaign = {key: one for key, one in truth(sandbox).items() if key[0] == PERFORMANCE_MAX}
    assert by_campaign("asset_group_day") == of_campaign
    assert len(of_campaign) == len(DAYS)
    listed = {(row["campaign_id"], row["asset_group_id"]) for row in rows("asset_group")}
    shown = {(row["campaign_id"], row["asset_group_id"]) for row in rows("asset_group_day")}
    assert shown == listed
    assert len(listed) == 2


@pytest.mark.parametrize(
    ("stream", "shown"),
    [
        ("keyword_day", {SEARCH}),
        ("search_term_day", {SEARCH}),
        ("age_day", {SEARCH, DISPLAY}),
        ("gender_day", {SEARCH, DISPLAY}),
        ("landing_page_day", {SEARCH, PERFORMANCE_MAX, DISPLAY}),
        ("place_day", {SEARCH, PERFORMANCE_MAX, DISPLAY}),
    ],
)
def test_a_level_shows_only_the_campaigns_that_have_it_and_never_more_than_they_delivered(
    sandbox: RunningSandbox, stream: str, shown: set[str]
):
    whole, level = truth(sandbox), by_campaign(stream)
    assert {campaign_id for campaign_id, _ in level} == shown & {one for one, _ in whole}
    for key, sums in level.items():
        assert all(part <= total for part, total in zip(sums, whole[key], strict=True))


@pytest.mark.parametrize("stream", ["keyword_day", "search_term_day", "landing_page_day"])
def test_what_a_level_leaves_out_is_missing_from_its_sum(sandbox: RunningSandbox, stream: str):
    whole, level = truth(sandbox), by_campaign(stream)
    assert all(sums[0] < whole[key][0] for key, sums in level.items())


def test_a_term_that_too_few_people_typed_is_not_shown():
    assert min(row["impressions"] for row in rows("search_term_day")) >= 12
    texts = {row["keyword_text"] for row in rows("keyword_day")}
    assert {row["search_term"] for row in rows("search_term_day")} - texts


def test_a_keyword_s_id_is_unique_only_inside_its_ad_group():
    found = {(row["ad_group_id"], row["criterion_id"]) for row in rows("keyword_day")}
    assert len({criterion_id for _, criterion_id in found}) < len(found)


def test_places_have_the_names_that_google_gives_their_ids():
    named = {(row["country_id"], row["region_id"]): row for row in rows("place_day")}
    berlin = named["2276", "20228"]
    assert (berlin["country_code"], berlin["region_name"]) == ("DE", "Berlin")
    assert all(row["country_code"] and row["region_name"] for row in named.values())


def test_a_page_keeps_its_templates_as_the_advertiser_wrote_them():
    pages = {row["page_url"] for row in rows("landing_page_day")}
    assert any("utm_campaign={campaignid}" in page for page in pages)


def test_a_device_that_the_client_library_does_not_know_is_its_number(sandbox: RunningSandbox):
    sandbox.set_faults(
        {"source": "google_ads", "kind": "unknown_enum", "stream": "segments.device"}
    )
    assert "9999" in {row["device"] for row in ask("device_day")}


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        ("search_term_view", "segments.hour"),
        ("campaign", "segments.geo_target_region"),
        ("age_range_view", "gender_view.resource_name"),
    ],
)
def test_what_may_not_stand_together_is_refused(
    monkeypatch: pytest.MonkeyPatch, resource: str, path: str
):
    wrong = Report(
        resource,
        (DAY, Column("wrong", path, "text"), Column("clicks", "metrics.clicks", "whole")),
        dated=True,
    )
    monkeypatch.setitem(REPORTS, "device_day", wrong)  # type: ignore[arg-type]  a dict
    with pytest.raises(PipelineError, match="PROHIBITED"):
        ask("device_day")


def test_a_search_term_recorded_from_google_is_read_to_the_last_micro(cases: Path):
    from google.ads.googleads.v26.services.types.google_ads_service import (  # noqa: PLC0415
        SearchGoogleAdsStreamResponse,
    )
    from google.protobuf.json_format import ParseDict  # noqa: PLC0415

    body = json.loads((cases / "google_ads/opteo_mit/search_term_row_rest.json").read_text())
    kind = type(SearchGoogleAdsStreamResponse.pb(SearchGoogleAdsStreamResponse()))
    batch = ParseDict(body, kind(), ignore_unknown_fields=True)
    report = REPORTS["search_term_day"]
    batch.field_mask.paths.extend(column.path for column in report.columns)
    (row,) = decode([batch], report, account_id="1", days=None).to_pylist()
    assert (row["campaign_id"], row["ad_group_id"]) == ("11331000428", "131396279681")
    assert (row["impressions"], row["clicks"], row["cost_micros"]) == (1149, 486, 312_690_000)
    assert row["account_day"] == date(2023, 1, 27)
