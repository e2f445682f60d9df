"""What two witnesses saw on the website, against what they could have seen."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.scenarios.conftest import FIRST_DAY, LAST_DAY, PARTIAL_DAY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.scenarios.conftest import Knowledge

# The whole days of the company that the suite's own days cover.
FIRST = date.fromisoformat(FIRST_DAY) + timedelta(days=1)
LAST = date.fromisoformat(LAST_DAY) - timedelta(days=1)
Sums = dict[tuple[str, str], int]


def summed(rows: Iterable[dict[str, Any]], name: str) -> Sums:
    """By campaign (empty for none) and day, without zeros."""
    found: Sums = defaultdict(int)
    for row in rows:
        found[row["campaign_id"], str(row["day"])] += row[name]
    return {key: count for key, count in found.items() if count}


def truth(known: Knowledge, what: str) -> list[dict[str, Any]]:
    return known.truth(
        f"adobe_analytics/{what}",
        start=FIRST,
        end=LAST + timedelta(days=1),
        by="campaign_reporting_day",
        time_zone="Europe/Berlin",
    )


@pytest.fixture(scope="session")
def observed(first: Knowledge) -> list[dict[str, Any]]:
    rows = first.product(
        "marketing/web_observations",
        "select * replace (replace(campaign_id, '(none)', '') as campaign_id),"
        " reporting_day as day from product"
        f" where reporting_day between '{FIRST}' and '{LAST}'",
    )
    assert {row["adobe_analytics_state"] for row in rows} == {"complete"}
    return rows


def traced(told: list[dict[str, Any]], observed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A campaign whose tag another one carries too, or that may not be read, is known to nobody."""
    known = {row["campaign_id"] for row in observed if row["visits"]}
    assert len(known) > 4
    return [
        {**row, "campaign_id": row["campaign_id"] if row["campaign_id"] in known else ""}
        for row in told
    ]


def test_visits_are_those_that_began_by_campaign_and_company_s_day(
    first: Knowledge, observed: list[dict[str, Any]]
):
    told = traced(truth(first, "visits"), observed)
    assert summed(observed, "visits") == summed(told, "visits")


def test_orders_belong_to_the_last_tagged_click_of_thirty_days(
    first: Knowledge, observed: list[dict[str, Any]]
):
    told = traced(truth(first, "orders"), observed)
    purchases = [row for row in told if row["event"] == "purchase"]
    leads = [row for row in told if row["event"] == "lead"]
    assert summed(observed, "orders") == summed(purchases, "orders")
    assert summed(observed, "order_leads") == summed(leads, "orders")


def test_two_witnesses_stand_side_by_side_and_their_difference_has_a_reason(
    observed: list[dict[str, Any]],
):
    assert {row["purchases_verdict"] for row in observed} == {"not_comparable"}
    [note] = {row["purchases_note"] for row in observed}
    assert "they give credit differently" in note
    both = [row for row in observed if row["sessions"] and row["visits"]]
    assert any(row["sessions"] != row["visits"] for row in both)


def test_a_column_that_failed_is_unknown_of_its_day_and_nothing_else_is_lost(
    first: Knowledge, later: Knowledge
):
    told: Counter[date] = Counter()
    for row in truth(first, "visits"):
        told[date.fromisoformat(row["day"])] += row["visits"]
    days = {
        row["day"]: row
        for row in later.product(
            "marketing/web_observations",
            "select reporting_day as day, any_value(adobe_analytics_state) as state,"
            " sum(visits)::int as visits, sum(orders)::int as orders,"
            " count(orders)::int as orders_known, count(*)::int as campaigns"
            f" from product where reporting_day between '{FIRST}' and '{LAST}'"
            " group by reporting_day",
        )
    }
    # London's last hour is the first of Berlin's next day.
    touched = {PARTIAL_DAY, PARTIAL_DAY + timedelta(days=1)}
    assert {day for day, row in days.items() if row["state"] == "partial"} == touched
    for day, row in days.items():
        assert row["visits"] == told[day]
        assert row["orders_known"] == (0 if day in touched else row["campaigns"])
