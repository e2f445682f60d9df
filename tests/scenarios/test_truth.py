"""The products against what really happened: to the last micro, and again a week later.

Both are published versions of one mesh, so that the tests may run in any order.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import dagster as dg
import pyarrow.parquet as pq
import pytest

from tests.scenarios.conftest import EMPTIED_DAY, FIRST_DAY, LAST_DAY, VANISHED_DAY

if TYPE_CHECKING:
    from tests.scenarios.conftest import Knowledge

PLATFORMS = ("google_ads", "facebook_ads")
END = date.fromisoformat(LAST_DAY) + timedelta(days=1)
DELIVERY = "impressions, clicks_destination as clicks, spend_account_micros as cost_micros"
Keyed = dict[tuple[str, ...], tuple[Any, ...]]


def delivered(known: Knowledge, platform: str) -> tuple[Keyed, Keyed]:
    """(product, truth): impressions, clicks and cost by account, campaign and reporting day.

    Days that are complete by the world's own clocks: all but the first and the last two.
    """
    start, end = date.fromisoformat(FIRST_DAY) + timedelta(days=1), END - timedelta(days=1)
    ours = known.product(
        "marketing/campaign_performance",
        f"select account_id, campaign_id, reporting_day, {DELIVERY} from product"
        f" where platform = '{platform}' and impressions > 0"
        f" and reporting_day >= date '{start}' and reporting_day < date '{end}'",
    )
    truth = known.truth(
        f"{platform}/delivery",
        start=start,
        end=end,
        by="campaign_reporting_day",
        time_zone="Europe/Berlin",
    )
    metrics = ("impressions", "clicks", "cost_micros")
    return (
        {
            (row["account_id"], row["campaign_id"], str(row["reporting_day"])): tuple(
                row[name] for name in metrics
            )
            for row in ours
        },
        {
            (row["account_id"], row["campaign_id"], row["day"]): tuple(
                row[name] for name in metrics
            )
            for row in truth
        },
    )


def claimed(known: Knowledge, platform: str) -> tuple[Keyed, Keyed]:
    """(product, truth): claimed conversions by account, campaign and account day."""
    ours = known.product(
        "marketing/campaign_performance",
        "select account_id, campaign_id, reporting_day,"
        " claimed_conversions_click_through as click, claimed_conversions_view_through as view,"
        " claimed_value_click_through_account_micros as worth from product"
        f" where platform = '{platform}' and reporting_day < date '{END}'"
        " and (claimed_conversions_click_through > 0 or claimed_conversions_view_through > 0)",
    )
    truth = known.truth(
        f"{platform}/conversions",
        start=FIRST_DAY,
        end=END,
        by="campaign_day",
    )
    return (
        {
            (row["account_id"], row["campaign_id"], str(row["reporting_day"])): (
                round(row["click"], 9),
                row["view"],
                row["worth"],
            )
            for row in ours
        },
        {
            (row["account_id"], row["campaign_id"], row["day"]): (
                round(row["click_through"], 9),
                row["view_through"],
                round(row["click_through_value"] * 1_000_000),
            )
            for row in truth
        },
    )


@pytest.mark.parametrize("platform", PLATFORMS)
def test_delivery_equals_the_truth_to_the_last_micro(first: Knowledge, platform: str):
    ours, truth = delivered(first, platform)
    assert len(truth) > 50
    assert ours == truth


@pytest.mark.parametrize("platform", PLATFORMS)
def test_claimed_conversions_equal_the_platform_s_own_rules(first: Knowledge, platform: str):
    ours, truth = claimed(first, platform)
    assert len(truth) > 50
    assert ours == truth


@pytest.mark.parametrize("platform", PLATFORMS)
def test_ads_and_residual_rows_add_up_to_the_account_s_day(first: Knowledge, platform: str):
    ours = first.product(
        "marketing/ad_performance",
        "select account_id, date_day, sum(impressions) as impressions, sum(clicks) as clicks,"
        " sum(spend_account_micros) as cost_micros from product"
        f" where platform = '{platform}' group by account_id, date_day",
    )
    truth = first.truth(f"{platform}/delivery", start=FIRST_DAY, end=END, by="account_day")
    metrics = ("impressions", "clicks", "cost_micros")
    assert {
        (row["account_id"], str(row["date_day"])): tuple(row[name] for name in metrics)
        for row in ours
        if row["impressions"]
    } == {(row["account_id"], row["day"]): tuple(row[name] for name in metrics) for row in truth}
    residual = first.product(
        "marketing/ad_performance",
        f"select count(*) as rows from product where is_residual and platform = '{platform}'",
    )
    assert residual[0]["rows"] > 0


@pytest.mark.parametrize("platform", PLATFORMS)
def test_ads_and_residual_rows_add_up_to_the_campaign_s_day(first: Knowledge, platform: str):
    ours = first.product(
        "marketing/ad_performance",
        "select campaign_id, date_day, sum(impressions) as impressions, sum(clicks) as clicks,"
        " sum(spend_account_micros) as cost_micros from product"
        f" where platform = '{platform}' group by campaign_id, date_day",
    )
    truth = first.truth(f"{platform}/delivery", start=FIRST_DAY, end=END, by="campaign_day")
    metrics = ("impressions", "clicks", "cost_micros")
    assert {
        (row["campaign_id"], str(row["date_day"])): tuple(row[name] for name in metrics)
        for row in ours
        if row["impressions"]
    } == {(row["campaign_id"], row["day"]): tuple(row[name] for name in metrics) for row in truth}


def test_spend_is_converted_at_the_day_s_rate_and_rounded_half_up(first: Knowledge):
    rows = first.product(
        "marketing/campaign_performance",
        "select account_currency, reporting_day, spend_account_micros, spend_reporting_micros,"
        " fx_rate, fx_published_on from product where impressions > 0",
    )
    assert {row["account_currency"] for row in rows} == {"EUR", "JPY", "USD"}
    for row in rows:
        exact = Decimal(row["spend_account_micros"]) * row["fx_rate"]
        assert row["spend_reporting_micros"] == int(exact.quantize(Decimal(1), ROUND_HALF_UP))
        if row["account_currency"] == "EUR":
            assert row["fx_rate"] == 1
    recorded = {  # 30 October 2026 in the ECB's file: 1.1172 USD and 175.68 JPY for a euro
        row["account_currency"]: row["fx_rate"]
        for row in rows
        if row["reporting_day"] == date(2026, 10, 30)
    }
    twelve = Decimal("0.000000000001")
    assert recorded["USD"] == (1 / Decimal("1.1172")).quantize(twelve, ROUND_HALF_UP)
    assert recorded["JPY"] == (1 / Decimal("175.68")).quantize(twelve, ROUND_HALF_UP)


def test_a_weekend_carries_friday_s_rate_and_says_so(first: Knowledge):
    rows = first.product(
        "finance/fx_rates",
        "select rate_date, published_on, carried_days, rate from product"
        " where from_currency = 'USD' and rate_date between date '2026-10-30' and date '2026-11-01'"
        " order by rate_date",
    )
    assert [(str(row["published_on"]), row["carried_days"]) for row in rows] == [
        ("2026-10-30", 0),
        ("2026-10-30", 1),
        ("2026-10-30", 2),
    ]
    assert len({row["rate"] for row in rows}) == 1


def test_a_currency_whose_series_ended_has_no_rate(first: Knowledge):
    found = first.product("finance/fx_rates", "select distinct from_currency from product")
    assert {"USD", "JPY", "EUR"} <= {row["from_currency"] for row in found}
    assert not {"HRK", "RUB"} & {row["from_currency"] for row in found}


def test_a_day_that_is_not_over_everywhere_says_so(first: Knowledge):
    rows = first.product(
        "marketing/campaign_performance",
        "select account_time_zone, reporting_day, bool_and(is_complete) as is_complete"
        " from product group by account_time_zone, reporting_day",
    )
    complete = {
        (row["account_time_zone"], str(row["reporting_day"])): row["is_complete"] for row in rows
    }
    assert complete["Europe/Berlin", LAST_DAY]
    # Berlin's 4 November ends while New York's still runs to 18:00, and New York's is over at 5:00.
    assert complete["America/New_York", LAST_DAY]
    assert not complete["America/New_York", FIRST_DAY], "the evening before was not pulled"


@pytest.mark.parametrize(
    ("candidate", "column", "read"),
    [
        ("campaign_performance", "fx_rate", "finance/fx_rates"),
        ("keyword_performance", "keyword_text", "marketing/staging/stg_google_ads__keyword_day"),
        (
            "search_term_performance",
            "term_status",
            "marketing/staging/stg_google_ads__search_term_day",
        ),
        ("asset_performance", "page_url", "marketing/intermediate/int_marketing__asset_days"),
        (
            "audience_performance",
            "breakdown_value",
            "marketing/intermediate/int_marketing__audience_days",
        ),
    ],
)
def test_a_column_of_a_candidate_knows_where_it_comes_from(
    first: Knowledge, candidate: str, column: str, read: str
):
    event = first.mesh.instance.get_latest_materialization_event(
        dg.AssetKey(["marketing", "candidates", candidate])
    )
    assert event is not None
    assert event.asset_materialization is not None
    lineage = event.asset_materialization.metadata["dagster/column_lineage"].value
    sources = {dep.asset_key.to_user_string() for dep in lineage.deps_by_column[column]}
    assert sources == {read}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_week_later_the_same_days_hold_what_is_known_then(
    first: Knowledge, later: Knowledge, platform: str
):
    ours, truth = delivered(later, platform)
    assert ours == truth
    ours, truth = claimed(later, platform)
    assert ours == truth
    assert ours != claimed(first, platform)[0], "conversions come in for weeks"
    assert delivered(later, platform)[0] != delivered(first, platform)[0], "clicks are credited"


def _ads(known: Knowledge, day: date) -> list[dict[str, Any]]:
    return known.product(
        "marketing/ad_performance",
        "select ad_id, is_residual, impressions from product where platform = 'google_ads'"
        f" and account_id = '1000000001' and date_day = date '{day}'",
    )


def test_a_row_that_vanished_vanishes_and_the_sum_stays_closed(first: Knowledge, later: Knowledge):
    before = [row for row in _ads(first, VANISHED_DAY) if not row["is_residual"]]
    after = [row for row in _ads(later, VANISHED_DAY) if not row["is_residual"]]
    assert len(after) == len(before) - 1
    truth = later.truth(
        "google_ads/delivery",
        account_id="1000000001",
        start=VANISHED_DAY,
        end=VANISHED_DAY + timedelta(days=1),
        by="account_day",
    )
    shown = sum(row["impressions"] for row in _ads(later, VANISHED_DAY))
    assert shown == truth[0]["impressions"]


def test_a_day_that_became_empty_keeps_only_what_its_campaigns_say(
    first: Knowledge, later: Knowledge
):
    assert not all(row["is_residual"] for row in _ads(first, EMPTIED_DAY))
    assert _ads(later, EMPTIED_DAY)
    assert all(row["is_residual"] for row in _ads(later, EMPTIED_DAY))


def test_what_was_known_before_is_still_in_landing(later: Knowledge):
    folder = later.mesh.data_dir / "landing" / "google_ads" / "campaign_day"
    said: dict[tuple[object, ...], set[object]] = defaultdict(set)
    for path in folder.glob("pulled_on=*/*.parquet"):
        for row in pq.read_table(path).to_pylist():
            key = (row["account_id"], row["account_day"], row["campaign_id"])
            said[key].add((row["pulled_at"], row["conversions"], row["cost_micros"]))
    assert any(len(versions) == 2 for versions in said.values())
    store = later.mesh.landing_store
    outcomes = {
        record.outcome
        for record in store.latest("google_ads", "campaign_day", "1000000001").values()
    }
    assert "restated" in outcomes
