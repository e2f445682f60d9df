"""What Salesforce holds of leads and opportunities, against what the product says of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from tests.scenarios.conftest import FIRST_DAY, LAST_DAY

if TYPE_CHECKING:
    from tests.scenarios.conftest import Knowledge

BERLIN = ZoneInfo("Europe/Berlin")


def cohort(record: dict[str, Any]) -> date:
    """Monday of the company's week."""
    day = datetime.fromisoformat(record["CreatedDate"]).astimezone(BERLIN).date()
    return day - timedelta(days=day.weekday())


@pytest.fixture(scope="session")
def crm(first: Knowledge) -> dict[str, list[dict[str, Any]]]:
    """The records that changed in the days that were pulled and since, those that stand."""

    def told(name: str) -> list[dict[str, Any]]:
        return [
            row
            for row in first.truth(f"salesforce/{name}")
            if row["SystemModstamp"][:10] >= FIRST_DAY and not row["IsDeleted"]
        ]

    return {name: told(name) for name in ("Lead", "Opportunity")}


def test_leads_are_those_that_stand_by_the_week_of_their_creation(
    first: Knowledge, crm: dict[str, list[dict[str, Any]]]
):
    rows = first.product(
        "marketing/pipeline",
        "select cohort_week, sum(leads)::int as leads, sum(leads_converted)::int as converted"
        " from product group by cohort_week having sum(leads) > 0",
    )
    assert {row["cohort_week"]: row["leads"] for row in rows} == Counter(map(cohort, crm["Lead"]))
    converted = Counter(cohort(row) for row in crm["Lead"] if row["IsConverted"])
    assert {row["cohort_week"]: row["converted"] for row in rows if row["converted"]} == converted


def test_a_lead_of_a_google_ad_belongs_to_its_campaign_by_id(
    first: Knowledge, crm: dict[str, list[dict[str, Any]]]
):
    known = {
        row["campaign_id"]
        for row in first.product(
            "marketing/campaign_taxonomy",
            "select campaign_id from product where platform = 'google_ads'",
        )
    }
    expected = Counter(
        row["GAD_Campaign_Id__c"] for row in crm["Lead"] if row["GAD_Campaign_Id__c"] in known
    )
    assert len(expected) > 1
    rows = first.product(
        "marketing/pipeline",
        "select campaign_id, sum(leads)::int as leads, sum(leads_matched_by_id)::int as by_id"
        " from product where platform = 'google_ads' group by campaign_id having sum(leads) > 0",
    )
    assert {row["campaign_id"]: row["by_id"] for row in rows} == expected
    assert all(row["leads"] == row["by_id"] for row in rows)


def test_a_tag_that_was_typed_by_hand_finds_its_campaign(
    first: Knowledge, crm: dict[str, list[dict[str, Any]]]
):
    by_hand = [row for row in crm["Lead"] if row["UTM_Source__c"] == "Facebook "]
    tagged = [
        row for row in crm["Lead"] if (row["UTM_Source__c"] or "").strip().lower() == "facebook"
    ]
    assert by_hand
    [found] = first.product(
        "marketing/pipeline",
        "select sum(leads)::int as leads from product where platform = 'facebook_ads'",
    )
    # A tag of two campaigns, or of an account that may not be read, names none.
    assert 0.5 * len(tagged) <= found["leads"] <= len(tagged)


def test_amounts_are_in_the_company_s_currency_at_each_deal_s_own_day(
    first: Knowledge, crm: dict[str, list[dict[str, Any]]]
):
    rates = {
        (row["from_currency"], row["rate_date"]): row["rate"]
        for row in first.product(
            "finance/fx_rates",
            "select from_currency, rate_date, rate from product where to_currency = 'EUR'",
        )
    }
    expected: dict[str, int] = defaultdict(int)
    for deal in crm["Opportunity"]:
        told = deal["CloseDate"] if deal["IsClosed"] else deal["CreatedDate"][:10]
        micros = Decimal(str(deal["Amount"])) * 1_000_000
        worth = micros * rates[deal["CurrencyIsoCode"], date.fromisoformat(told)]
        state = "won" if deal["IsWon"] else "lost" if deal["IsClosed"] else "open"
        expected[state] += int(worth.quantize(Decimal(1), ROUND_HALF_UP))
    [found] = first.product(
        "marketing/pipeline",
        "select sum(amount_won_reporting_micros)::bigint as won,"
        " sum(amount_lost_reporting_micros)::bigint as lost,"
        " sum(amount_open_reporting_micros)::bigint as open from product",
    )
    assert set(expected) == {"won", "lost", "open"}
    assert found == dict(expected)


def test_nothing_that_sales_holds_is_lost_and_nothing_young_is_final(
    first: Knowledge, crm: dict[str, list[dict[str, Any]]]
):
    assert any(row["SystemModstamp"][:10] > LAST_DAY for row in crm["Opportunity"])
    [found] = first.product(
        "marketing/pipeline",
        "select sum(opportunities)::int as opportunities, sum(opportunities_won)::int as won,"
        " bool_or(is_final) as is_final from product",
    )
    assert found == {
        "opportunities": len(crm["Opportunity"]),
        "won": sum(row["IsWon"] for row in crm["Opportunity"]),
        "is_final": False,
    }
