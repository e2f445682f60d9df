"""Marketing's campaigns against finance's books: what was really ordered, by the observed key."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import dagster as dg

from tests.scenarios.test_books import converted, rates, truth
from tests.scenarios.test_locations import both, landed

if TYPE_CHECKING:
    from tests.scenarios.conftest import Knowledge, RanMesh

ORDERS = dg.AssetKey(["finance", "orders"])
RATES = dg.AssetKey(["finance", "fx_rates"])
CAMPAIGNS = dg.AssetKey(["marketing", "candidates", "campaign_performance"])
BOOKED = dg.AssetKey(["marketing", "intermediate", "int_marketing__booked_orders"])
Key = tuple[str, str, str, date]


def week_of(order: dict[str, Any]) -> date:
    """Monday of the order's week in the company's calendar."""
    day = datetime.fromisoformat(order["ordered_at"]).astimezone(ZoneInfo("Europe/Berlin")).date()
    return day - timedelta(days=day.weekday())


def purchases(known: Knowledge) -> dict[Key, dict[str, Any]]:
    rows = known.product(
        "marketing/conversion_reconciliation", "select * from product where event = 'purchase'"
    )
    return {
        (row["platform"], row["account_id"], row["campaign_id"], row["week"]): row for row in rows
    }


def test_a_campaign_s_booked_orders_are_those_whose_click_brought_them(first: Knowledge):
    """In number and worth, and what was given back; by id, and by tag where it names only one."""
    rate, ours = rates(first), purchases(first)
    expected: dict[Key, list[int]] = defaultdict(lambda: [0, 0, 0])
    orders = [order for order in truth(first) if order["campaign"] is not None]
    named_by: dict[tuple[str, str], set[str]] = defaultdict(set)
    for order in orders:
        campaign = order["campaign"]
        named_by[campaign["platform"], campaign["tag"]].add(campaign["campaign_id"])
    by_tag: set[Key] = set()
    for order in orders:
        campaign = order["campaign"]
        key = (
            campaign["platform"],
            campaign["account_id"],
            campaign["campaign_id"],
            week_of(order),
        )
        if campaign["platform"] != "google_ads" and not campaign["utm_id"]:
            if len(named_by[campaign["platform"], campaign["tag"]]) > 1:
                continue
            by_tag.add(key)
        sold = rate[order["order_date"], order["currency"]]
        expected[key][0] += 1
        expected[key][1] += sum(converted(line["net_micros"], sold) for line in order["lines"])
        expected[key][2] += sum(
            converted(refund["net_micros"], rate[refund["refund_date"], order["currency"]])
            for refund in order["refunds"]
        )
    assert [tag for tag, campaigns in named_by.items() if len(campaigns) > 1]
    compared = {key: figures for key, figures in expected.items() if key in ours}
    assert len(compared) > 20
    assert by_tag & compared.keys()
    assert {
        key: [ours[key]["booked"], ours[key]["value_booked"], ours[key]["value_refunded"]]
        for key in compared
    } == compared
    assert not [key for key, row in ours.items() if row["booked"] and key not in expected]


def test_what_is_booked_and_what_no_campaign_can_claim_are_all_orders_of_the_website(
    first: Knowledge,
):
    weeks = first.product(
        "finance/orders",
        "select cast(date_trunc('week', reporting_day) as date) as week, count(*) as orders"
        " from product where sales_channel = 'web' group by all",
    )
    booked: dict[date, float] = defaultdict(float)
    elsewhere: dict[date, set[float]] = defaultdict(set)
    for (*_, week), row in purchases(first).items():
        booked[week] += row["booked"]
        elsewhere[week].add(row["booked_elsewhere"])
    orders = {row["week"]: row["orders"] for row in weeks}
    assert booked
    for week, shares in elsewhere.items():
        [share] = shares
        assert 0 < share < 1
        assert abs(booked[week] + share * orders[week] - orders[week]) < 1e-6


def test_nothing_is_said_to_be_booked_of_leads(first: Knowledge):
    [row] = first.product(
        "marketing/conversion_reconciliation",
        "select count(*) as leads, count(booked) as booked from product where event = 'lead'",
    )
    assert row["leads"] > 0
    assert row["booked"] == 0


def test_campaigns_do_not_wait_for_the_books_and_what_is_held_against_them_does(ran_mesh: RanMesh):
    definitions = both(ran_mesh)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.report_runless_asset_event(dg.AssetMaterialization(RATES))
        quiet = dg.evaluate_automation_conditions(defs=definitions, instance=instance)
        for spec in definitions.resolve_all_asset_specs():
            if spec.key.path[:2] == ["marketing", "google_ads"]:
                landed(instance, spec.key, check_passed=True)
        woken = dg.evaluate_automation_conditions(
            defs=definitions, instance=instance, cursor=quiet.cursor
        )
        assert woken.get_num_requested(CAMPAIGNS) == 1
        assert woken.get_num_requested(BOOKED) == 0
        instance.report_runless_asset_event(dg.AssetMaterialization(ORDERS))
        booked = dg.evaluate_automation_conditions(
            defs=definitions, instance=instance, cursor=woken.cursor
        )
    assert booked.get_num_requested(BOOKED) == 1


def test_no_asset_waits_for_itself_across_the_two_domains(ran_mesh: RanMesh):
    """Marketing reads orders and finance reads campaigns: still one direction for every asset."""
    specs = {spec.key: spec for spec in both(ran_mesh).resolve_all_asset_specs()}
    upstream: set[dg.AssetKey] = set()
    due = [ORDERS]
    while due:
        for dep in specs[due.pop()].deps:
            if dep.asset_key not in upstream:
                upstream.add(dep.asset_key)
                due.append(dep.asset_key)
    assert upstream
    assert not [key for key in upstream if key.path[0] == "marketing"]
