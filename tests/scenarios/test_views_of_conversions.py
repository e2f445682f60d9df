"""Three views of conversions, what is known of a day, and where sessions come from.

Held against the sandbox's truth. Belongs here: what only a whole mesh can show. Does not: delivery
and money (test_truth.py), laws of definitions (tests/marketing_domain/metrics).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from tests.sandbox.world.world import World
from tests.scenarios.conftest import (
    BERLIN_ACCOUNT,
    CHANGED_ACTION,
    CHANGED_ON,
    FIRST_DAY,
    LAST_DAY,
    RUNNING_DAY,
    SUPPRESSED_DAY,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.scenarios.conftest import Knowledge

PLATFORMS = ("google_ads", "facebook_ads")
START = date.fromisoformat(FIRST_DAY)
END = date.fromisoformat(LAST_DAY) + timedelta(days=1)
CAUSES = (
    "view_through",
    "window",
    "date_basis",
    "alias",
    "credit_rule",
    "late_data",
    "missing_utm",
    "time_zone_edge",
    "consent",
    "unexplained",
)
COUNTS = ("impressions", "clicks_destination", "spend_account_micros")


def seen(known: Knowledge, what: str) -> list[dict[str, Any]]:
    """`sessions` or `key_events` by platform, campaign and day of the company's calendar."""
    return known.truth(f"google_analytics/{what}", start=START, end=END, time_zone="Europe/Berlin")


def recognisable() -> set[str]:
    """Campaigns of readable accounts whose clicks carry an id or a name that no other one has."""
    world = World.of_size("small", seed=7)
    accounts = [one for one in world.facebook_ads if one.readable]
    named: dict[str, set[str]] = defaultdict(set)
    found = set()
    for account in accounts:
        for campaign in account.campaigns(END):
            ad = campaign.ad_groups[0].ads[0]
            named[ad.utm_campaign].add(campaign.campaign_id)
            if ad.utm_id:
                found.add(campaign.campaign_id)
    found |= {next(iter(ids)) for tag, ids in named.items() if tag and len(ids) == 1}
    google = [one for one in world.google_ads if one.readable]
    return found | {one.campaign_id for account in google for one in account.campaigns(END)}


def total(rows: Iterable[dict[str, Any]], name: str) -> int:
    return sum(row[name] for row in rows)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_sessions_of_tagged_campaigns_are_matched_and_all_others_are_counted(
    first: Knowledge, platform: str
):
    truth = [row for row in seen(first, "sessions") if row["platform"] == platform]
    known = recognisable()
    ours = first.product(
        "marketing/session_matching",
        "select campaign_id, reporting_day, sessions_matched, engaged_sessions_matched,"
        f" sessions_unmatched from product where platform = '{platform}'",
    )
    assert {
        (row["campaign_id"], str(row["reporting_day"])): (
            row["sessions_matched"],
            row["engaged_sessions_matched"],
        )
        for row in ours
        if row["sessions_matched"]
    } == {
        (row["campaign_id"], row["day"]): (row["sessions"], row["engaged_sessions"])
        for row in truth
        if row["campaign_id"] in known
    }
    others = [row for row in truth if row["campaign_id"] not in known]
    assert total(ours, "sessions_unmatched") == total(others, "sessions") > 0


@pytest.mark.parametrize("platform", PLATFORMS)
def test_unmatched_spend_is_the_money_of_campaigns_that_analytics_cannot_name(
    first: Knowledge, platform: str
):
    [ours] = first.product(
        "marketing/session_matching",
        "select sum(spend_matched_reporting_micros) as matched,"
        " sum(spend_unmatched_reporting_micros) as unmatched,"
        " sum(spend_unobserved_reporting_micros) as unobserved"
        f" from product where platform = '{platform}' and reporting_day < date '{END}'",
    )
    spent = first.product(
        "marketing/campaign_performance",
        "select campaign_id, spend_reporting_micros as spend, observed_state from product"
        f" where platform = '{platform}' and reporting_day < date '{END}'"
        " and spend_reporting_micros is not null and not is_residual",
    )
    assert sum(ours.values()) == total(spent, "spend")
    observed = [row for row in spent if row["observed_state"] not in {"absent", "not_yet"}]
    nameless = [row for row in observed if row["campaign_id"] not in recognisable()]
    assert ours["unmatched"] == total(nameless, "spend")
    assert (ours["unmatched"] > 0) is (platform == "facebook_ads"), "Google tags by itself"


def test_the_landing_gap_is_sessions_against_clicks(first: Knowledge):
    rows = first.product(
        "marketing/campaign_performance",
        "select clicks_destination, observed_sessions, sessions_per_click from product"
        " where observed_state = 'reported' and is_complete",
    )
    assert len(rows) > 50
    for row in rows:
        clicks, sessions = row["clicks_destination"], row["observed_sessions"]
        assert row["sessions_per_click"] == (sessions / clicks if clicks else None)


def test_observed_conversions_are_those_that_analytics_saw_on_the_company_s_day(first: Knowledge):
    known = recognisable()
    truth: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in seen(first, "key_events"):
        if row["campaign_id"] in known:
            truth[row["campaign_id"], row["day"], row["event"]] += row["key_events"]
    ours = {
        (row["campaign_id"], str(row["reporting_day"]), event): row[f"{event}s"]
        for row in first.product(
            "marketing/campaign_performance",
            "select campaign_id, reporting_day, observed_purchases as purchases,"
            " observed_leads as leads from product",
        )
        for event in ("purchase", "lead")
        if row[f"{event}s"]
    }
    assert ours == dict(truth)


def test_causes_add_up_to_the_difference_exactly(first: Knowledge):
    rows = first.product("marketing/conversion_reconciliation", "select * from product")
    assert {row["event"] for row in rows} == {"purchase", "lead"}
    for row in rows:
        difference = row["claimed"] - (row["observed"] or 0)
        assert row["difference"] == pytest.approx(difference, abs=1e-9)
        assert sum(row[f"cause_{cause}"] for cause in CAUSES) == pytest.approx(difference, abs=1e-9)
        if row["event"] == "purchase":
            money = row["value_claimed"] - (row["value_observed"] or 0)
            assert row["value_difference"] == money
            causes = [row[f"value_cause_{cause}"] for cause in (*CAUSES, "currency")]
            assert sum(causes) == money, "whole micros, no remainder"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_week_s_claimed_conversions_are_the_platform_s_own(first: Knowledge, platform: str):
    truth: dict[tuple[str, date], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in first.truth(f"{platform}/conversions", start=START, end=END, by="campaign_day"):
        day = date.fromisoformat(row["day"])
        found = truth[row["campaign_id"], day - timedelta(days=day.weekday())]
        found[0] += row["click_through"]
        found[1] += row["view_through"]
    ours: dict[tuple[str, date], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in first.product(
        "marketing/conversion_reconciliation",
        "select campaign_id, week, claimed, cause_view_through from product"
        f" where platform = '{platform}'",
    ):
        found = ours[row["campaign_id"], row["week"]]
        found[0] += row["claimed"] - row["cause_view_through"]
        found[1] += row["cause_view_through"]
    # Google gives no value and no credit to views: they are no part of its conversions.
    views = 1 if platform == "facebook_ads" else 0
    assert {key: (round(one[0], 6), one[1]) for key, one in ours.items() if any(one)} == {
        key: (round(one[0], 6), one[1] * views)
        for key, one in truth.items()
        if one[0] or one[1] * views
    }


def test_the_three_views_are_never_one_column(first: Knowledge):
    columns = first.product("marketing/campaign_performance", "describe select * from product")
    names = {row["column_name"] for row in columns}
    for event in ("purchases", "leads"):
        assert {f"claimed_{event}_click_through", f"aligned_{event}", f"observed_{event}"} <= names
        assert {f"claimed_{event}_definition", f"aligned_{event}_verdict"} <= names
    assert not {"conversions", "purchases", "leads"} & names


def test_what_stays_apart_says_why_and_what_is_aligned_says_how(first: Knowledge):
    rows = first.product(
        "marketing/campaign_performance",
        "select distinct platform, aligned_leads_verdict as verdict, aligned_leads_note as note,"
        " count(aligned_leads) as figures from product group by all",
    )
    assert {row["verdict"] for row in rows} == {"comparable_after", "not_comparable"}
    for row in rows:
        assert len(row["note"]) > 10
        assert bool(row["figures"]) is (row["verdict"] != "not_comparable"), row


def test_reach_cannot_be_summed_by_accident(first: Knowledge):
    with pytest.raises(duckdb.BinderException, match="sum"):
        first.product("marketing/campaign_performance", "select sum(reach) from product")
    [row] = first.product(
        "marketing/campaign_performance",
        "select count(*) as days, min(reach.estimate) as least from product"
        " where reach.holds_for = 'campaign and account day'",
    )
    assert row["days"] > 20
    assert row["least"] > 0


def states(known: Knowledge, where: str) -> list[dict[str, Any]]:
    return known.product(
        "marketing/campaign_performance", f"select * from product where not is_residual and {where}"
    )


def test_a_day_on_which_nothing_was_delivered_is_zero_and_not_missing(first: Knowledge):
    truth = {
        (row["campaign_id"], row["day"])
        for platform in PLATFORMS
        for row in first.truth(
            f"{platform}/delivery",
            start=START,
            end=END,
            by="campaign_reporting_day",
            time_zone="Europe/Berlin",
        )
    }
    known = states(first, "delivery_state in ('zero', 'reported')")
    for row in known:
        delivered = (row["campaign_id"], str(row["reporting_day"])) in truth
        assert row["delivery_state"] == ("reported" if delivered else "zero")
        if not delivered:
            assert [row[name] for name in COUNTS] == [0, 0, 0]
    assert {row["delivery_state"] for row in known} == {"zero", "reported"}


def test_a_day_that_was_not_asked_for_is_absent_and_has_no_zeros(first: Knowledge):
    rows = states(first, f"account_time_zone = 'America/New_York' and reporting_day = '{START}'")
    # Berlin's 20 October begins on New York's 19th, which nobody asked for.
    assert {row["delivery_state"] for row in rows} == {"absent"}
    assert all(row["impressions"] != 0 for row in rows)
    assert not any(row["is_complete"] for row in rows)


def test_a_day_that_still_runs_is_not_yet_known(first: Knowledge):
    rows = states(first, f"account_id = '{BERLIN_ACCOUNT}' and reporting_day = '{RUNNING_DAY}'")
    assert {row["delivery_state"] for row in rows} == {"not_yet"}
    resting = [row for row in rows if row["campaign_name"].endswith("Lead 3")]
    assert [row["impressions"] for row in resting] == [None], "its day may still bring something"
    assert any(row["impressions"] for row in rows), "what is known so far is shown"


def test_what_analytics_withholds_is_suppressed_and_not_zero(first: Knowledge, later: Knowledge):
    resting = f"reporting_day = '{SUPPRESSED_DAY}' and campaign_name like '%| Lead 3'"
    before, after = states(first, resting), states(later, resting)
    assert {row["observed_state"] for row in before} == {"zero"}
    assert {row["observed_sessions"] for row in before} == {0}
    assert {row["observed_state"] for row in after} == {"suppressed"}
    assert {row["observed_sessions"] for row in after} == {None}


def test_the_last_day_of_change_is_the_longest_window_and_a_day(first: Knowledge):
    rows = states(first, f"reporting_day >= '{START}'")
    # Google's longest action counts for 30 days, Meta's figures change for 28.
    days = {"google_ads": 1 + 30 + 1, "facebook_ads": 1 + 28}
    for row in rows:
        assert row["final_on"] == row["reporting_day"] + timedelta(days=days[row["platform"]])
        looked_on = row["pulled_at"].date() if row["pulled_at"] else None
        is_over = row["is_complete"] and looked_on is not None and looked_on >= row["final_on"]
        assert row["is_final"] is is_over


@pytest.mark.parametrize("platform", PLATFORMS)
def test_restatements_say_what_was_known_when(first: Knowledge, later: Knowledge, platform: str):
    published = first.versions["marketing/campaign_performance"].published_at
    columns = "impressions, clicks_destination, spend_account_micros, claimed_conversions"
    select = (
        f"select campaign_id, account_day, {columns} from product where platform = '{platform}'"
        f" and account_day < date '{END}' and "
    )
    then = later.product(
        "marketing/restatements",
        f"{select} known_from <= timestamptz '{published}'"
        f" and (known_until is null or known_until > timestamptz '{published}')",
    )
    now = later.product("marketing/restatements", f"{select} known_until is null")
    for rows, known in ((then, first), (now, later)):
        assert told(rows) == shown(known, platform)
    assert told(then) != told(now)
    sums = later.product(
        "marketing/restatements",
        "select campaign_id, account_day,"
        + ", ".join(f"sum(change_of_{name}) as {name}" for name in columns.split(", "))
        + f" from product where platform = '{platform}' and account_day < date '{END}'"
        " group by all",
    )
    assert told(sums) == told(now), "changes add up to the latest"


def told(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, str], tuple[Any, ...]]:
    return {
        (row["campaign_id"], str(row["account_day"])): (
            int(row["impressions"]),
            int(row["clicks_destination"]),
            int(row["spend_account_micros"]),
            round(row["claimed_conversions"], 6),
        )
        for row in rows
        if row["impressions"] or row["claimed_conversions"]
    }


def shown(known: Knowledge, platform: str) -> dict[tuple[str, str], tuple[Any, ...]]:
    """What the platform showed then, by campaign and day of the account."""
    found: dict[tuple[str, str], list[Any]] = defaultdict(lambda: [0, 0, 0, 0.0])
    for row in known.truth(f"{platform}/delivery", start=START, end=END, by="campaign_day"):
        key = (row["campaign_id"], row["day"])
        found[key][:3] = [row["impressions"], row["clicks"], row["cost_micros"]]
    for row in known.truth(f"{platform}/conversions", start=START, end=END, by="campaign_day"):
        found[row["campaign_id"], row["day"]][3] = round(row["click_through"], 6)
    return {key: tuple(one) for key, one in found.items() if one[0] or one[3]}


def test_every_day_that_is_not_final_has_an_estimate_or_says_why_not(first: Knowledge):
    rows = first.product("marketing/conversion_estimates", "select * from product")
    young = first.product(
        "marketing/restatements",
        "select distinct platform, campaign_id, account_day from product"
        " where last_age_days < case platform when 'google_ads' then 31 else 28 end",
    )
    assert {tuple(row.values()) for row in young} <= {
        (row["platform"], row["campaign_id"], row["account_day"]) for row in rows
    }
    # One look at sixteen days is no history from which a day's development could be known.
    assert {row["estimate_state"] for row in rows} == {"too_little_history"}
    assert all(row["estimated_conversions"] is None for row in rows)


def test_every_definition_of_every_account_can_be_read_in_the_dictionary(first: Knowledge):
    rows = first.product("marketing/metric_definitions", "select * from product")
    for row in rows:
        assert row["meaning"].endswith("."), row["definition_id"]
        assert row["title"]
        assert row["source"]
        assert row["time_zone"], "a number without a calendar"
        assert (row["currency"] is not None) is (row["unit"] in {"micros", "decimal_amount"})
    assert len({row["definition_id"] for row in rows}) == len(rows)
    readable = {
        (row["platform"], row["account_id"]): (row["time_zone"], row["currency"])
        for row in first.truth("accounts")
        if row["readable"]
    }
    spend = {
        (row["platform"], row["account_id"]): (row["time_zone"], row["currency"])
        for row in rows
        if row["quantity"] == "spend" and row["account_id"]
    }
    assert spend == readable
    assert all(ZoneInfo(zone) for zone, _ in spend.values())


def test_the_matrix_has_a_verdict_and_its_reason_for_every_pair_of_one_kind(first: Knowledge):
    rows = first.product("marketing/metric_comparability", "select * from product")
    verdicts = {(row["metric_id"], row["other_metric_id"]): row for row in rows}
    metrics = {
        row["metric_id"]: row["quantity"]
        for row in first.product(
            "marketing/metric_definitions",
            "select metric_id, quantity from product where account_id = '' and valid_to is null",
        )
    }
    assert verdicts.keys() == {
        (one, other)
        for one, quantity in metrics.items()
        for other, its_quantity in metrics.items()
        if quantity == its_quantity
    }
    for (one, other), row in verdicts.items():
        assert row["verdict"] == verdicts[other, one]["verdict"]
        match row["verdict"]:
            case "not_comparable":
                assert row["reason"]
            case "comparable_after":
                assert row["steps"] or row["other_steps"]
            case "comparable":
                assert not row["steps"] + row["other_steps"] + row["reason"]
    assert {row["verdict"] for row in rows} == {"comparable", "comparable_after", "not_comparable"}


def test_a_setting_that_an_account_changes_is_a_dated_event(first: Knowledge):
    found = first.product(
        "marketing/definition_changes", "select * from product where account_id <> ''"
    )
    assert {row["changed_on"] for row in found} == {CHANGED_ON}
    assert {(row["account_id"], row["subject_id"]) for row in found} == {
        (BERLIN_ACCOUNT, str(CHANGED_ACTION))
    }
    windows = {(row["before"], row["after"]) for row in found if row["what"] == "click_window_days"}
    assert windows == {("60", "30")}
    periods = first.product(
        "marketing/metric_definitions",
        "select valid_from, valid_to, click_window_days from product"
        f" where subject_id = '{CHANGED_ACTION}' and metric_id = 'google_ads.action_conversions'"
        " order by valid_from",
    )
    assert [(row["valid_to"], row["click_window_days"]) for row in periods] == [
        (CHANGED_ON, 60),
        (None, 30),
    ]
    assert periods[1]["valid_from"] == CHANGED_ON


def test_what_platforms_changed_for_everybody_is_in_the_same_ledger(first: Knowledge):
    rows = first.product("marketing/definition_changes", "select * from product")
    assert {row["platform"] for row in rows} == {"google_ads", "facebook_ads", "google_analytics"}
    assert all(row["what"] and row["consequence"] and row["source"] for row in rows)
