"""What is published below and beside campaigns: every level closes to what really happened."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.scenarios.conftest import (
    BERLIN_ACCOUNT,
    FIRST_DAY,
    LAST_DAY,
    RENAMED_CAMPAIGN,
    RENAMED_ON,
)

if TYPE_CHECKING:
    from tests.scenarios.conftest import Knowledge

END = date.fromisoformat(LAST_DAY) + timedelta(days=1)
LEVELS = [
    ("keyword_performance", "google_ads", "true"),
    ("search_term_performance", "google_ads", "true"),
    *(("asset_performance", "google_ads", one) for one in ("asset_group", "landing_page")),
    *(("asset_performance", "facebook_ads", one) for one in ("creative", "landing_page")),
    *(
        ("audience_performance", "google_ads", one)
        for one in ("device", "country", "region", "age", "gender")
    ),
    *(
        ("audience_performance", "facebook_ads", one)
        for one in ("device", "app", "country", "region", "age", "gender", "age_gender")
    ),
]
Sums = dict[tuple[str, ...], tuple[int, ...]]


def summed(known: Knowledge, product: str, keys: str, where: str) -> Sums:
    rows = known.product(
        f"marketing/{product}",
        f"select {keys}, sum(impressions) as impressions, sum(clicks) as clicks,"
        f" sum(spend_account_micros) as cost_micros from product where {where} group by {keys}",
    )
    names = [name.strip() for name in keys.split(",")]
    found = {
        tuple(str(row[name]) for name in names): (
            row["impressions"],
            row["clicks"],
            row["cost_micros"],
        )
        for row in rows
    }
    return {key: one for key, one in found.items() if any(one)}


def delivered(known: Knowledge, platform: str) -> Sums:
    truth = known.truth(f"{platform}/delivery", start=FIRST_DAY, end=END, by="campaign_day")
    return {
        (row["campaign_id"], row["day"]): (row["impressions"], row["clicks"], row["cost_micros"])
        for row in truth
    }


def of(breakdown: str) -> str:
    return breakdown if breakdown == "true" else f"breakdown = '{breakdown}'"


@pytest.mark.parametrize(("product", "platform", "breakdown"), LEVELS)
def test_every_level_closes_to_every_campaign_s_day(
    first: Knowledge, product: str, platform: str, breakdown: str
):
    where = f"platform = '{platform}' and {of(breakdown)}"
    assert summed(first, product, "campaign_id, date_day", where) == delivered(first, platform)


@pytest.mark.parametrize(
    ("product", "platform", "breakdown"),
    [
        ("search_term_performance", "google_ads", "true"),
        ("asset_performance", "facebook_ads", "creative"),
        ("audience_performance", "google_ads", "age"),
    ],
)
def test_a_week_later_it_closes_to_what_is_known_then(
    first: Knowledge, later: Knowledge, product: str, platform: str, breakdown: str
):
    where = f"platform = '{platform}' and {of(breakdown)}"
    now = summed(later, product, "campaign_id, date_day", where)
    assert now == delivered(later, platform)
    assert now != summed(first, product, "campaign_id, date_day", where)


def test_asset_groups_add_up_to_their_campaign_without_a_rest(first: Knowledge):
    """The middle campaign of each account is Performance Max, which has neither ads nor words."""
    where = f"platform = 'google_ads' and campaign_id = '{RENAMED_CAMPAIGN}'"
    asset_groups = summed(
        first,
        "asset_performance",
        "date_day",
        f"{where} and breakdown = 'asset_group' and not is_residual",
    )
    words = summed(first, "search_term_performance", "date_day", f"{where} and is_residual")
    truth = {
        (day,): figures
        for (campaign_id, day), figures in delivered(first, "google_ads").items()
        if campaign_id == RENAMED_CAMPAIGN
    }
    assert asset_groups == truth
    assert words == truth


DEVICES = {
    "desktop": "desktop",
    "android_phone": "phone",
    "iphone": "phone",
    "android_tablet": "tablet",
    "ipad": "tablet",
}


@pytest.mark.parametrize("platform", ["google_ads", "facebook_ads"])
def test_devices_under_their_common_name_are_the_devices_that_people_held(
    first: Knowledge, platform: str
):
    ours = summed(
        first,
        "audience_performance",
        "date_day, common_value",
        f"platform = '{platform}' and breakdown = 'device' and common_value is not null",
    )
    assert ours == parts(first, platform, "device", lambda part: DEVICES.get(part[1]))


@pytest.mark.parametrize("platform", ["google_ads", "facebook_ads"])
def test_countries_are_those_in_which_people_were(first: Knowledge, platform: str):
    ours = summed(
        first,
        "audience_performance",
        "date_day, common_value",
        f"platform = '{platform}' and breakdown = 'country' and common_value is not null",
    )
    assert ours == parts(first, platform, "place", lambda part: part[0] or None)


def parts(known: Knowledge, platform: str, dimension: str, named: Any) -> Sums:  # noqa: ANN401
    """The truth by day and `named(part)`; parts without a name are left out."""
    sums: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in known.truth(f"{platform}/parts", start=FIRST_DAY, end=END, dimension=dimension):
        name = named(row["part"])
        if name is not None:
            total = sums[row["day"], name]
            for position, column in enumerate(("impressions", "clicks", "cost_micros")):
                total[position] += row[column]
    return {key: tuple(total) for key, total in sums.items() if any(total)}


def test_by_region_meta_s_conversions_are_unknown_and_not_none(first: Knowledge):
    rows = first.product(
        "marketing/audience_performance",
        "select platform, breakdown, count(claimed_conversions_click_through) as known,"
        " sum(claimed_conversions_click_through) as conversions from product"
        " where breakdown in ('region', 'country') group by platform, breakdown",
    )
    found = {(row["platform"], row["breakdown"]): row for row in rows}
    assert found["facebook_ads", "region"]["known"] == 0
    assert found["facebook_ads", "country"]["conversions"] > 0
    assert found["google_ads", "region"]["conversions"] > 0


def test_a_rename_in_mid_window_leaves_the_days_before_as_they_were(first: Knowledge):
    rows = first.product(
        "marketing/keyword_performance",
        "select date_day, campaign_name, campaign_name_latest from product"
        f" where account_id = '{BERLIN_ACCOUNT}' and campaign_id = '{RENAMED_CAMPAIGN}'",
    )
    october, november = (
        f"FR | Performance Max | Purchase 2 [{day}]" for day in ("2026-10-10", "2026-11-01")
    )
    assert {row["campaign_name"] for row in rows if row["date_day"] < RENAMED_ON} == {october}
    assert {row["campaign_name"] for row in rows if row["date_day"] >= RENAMED_ON} == {november}
    assert {row["campaign_name_latest"] for row in rows} == {november}


def test_the_hierarchy_keeps_every_name_with_its_days(first: Knowledge, later: Knowledge):
    sql = (
        "select entity_name, valid_from, valid_to, is_latest from product where"
        f" entity_level = 'campaign' and entity_id = '{RENAMED_CAMPAIGN}' order by valid_from"
    )
    names = [row["entity_name"][-12:] for row in first.product("marketing/campaign_hierarchy", sql)]
    rows = later.product("marketing/campaign_hierarchy", sql)
    assert names == ["[2026-10-10]", "[2026-11-01]"]
    assert [row["entity_name"][-12:] for row in rows] == [*names, "[2026-11-10]"]
    assert [row["valid_to"] for row in rows] == [RENAMED_ON, date(2026, 11, 12), None]
    assert [row["is_latest"] for row in rows] == [False, False, True]


def test_a_template_in_a_page_s_url_is_no_value(first: Knowledge):
    rows = first.product(
        "marketing/asset_performance",
        "select distinct page_url, utm_source, utm_campaign, utm_content, has_template from product"
        " where breakdown = 'landing_page' and not is_residual",
    )
    templates = [row for row in rows if row["has_template"]]
    sales = next(row for row in templates if "/sale" in row["page_url"])
    assert (sales["utm_source"], sales["utm_campaign"]) == ("google", None)
    social = next(row for row in templates if "/social" in row["page_url"])
    assert (social["utm_source"], social["utm_content"]) == ("facebook", None)
    assert all(
        row["utm_campaign"]
        for row in rows
        if "utm_campaign=" in row["page_url"] and not row["has_template"]
    )
