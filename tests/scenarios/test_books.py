"""Finance's products against the books and the world: to the micro, and again a week later."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.scenarios.conftest import LAST_DAY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.scenarios.conftest import Knowledge

END = date.fromisoformat(LAST_DAY) + timedelta(days=1)
Sums = dict[tuple[Any, ...], tuple[int, ...]]


def truth(known: Knowledge) -> list[dict[str, Any]]:
    """Orders that stand, with the refunds that were posted before END."""
    found = known.truth("ledger/orders", start="2026-09-01", end=END)
    for order in found:
        order["refunds"] = [one for one in order["refunds"] if one["refund_date"] < str(END)]
    return found


def summed(rows: Iterable[tuple[tuple[Any, ...], tuple[int, ...]]]) -> Sums:
    sums: dict[tuple[Any, ...], list[int]] = {}
    for key, figures in rows:
        total = sums.setdefault(key, [0] * len(figures))
        for position, figure in enumerate(figures):
            total[position] += figure
    return {key: tuple(total) for key, total in sums.items()}


def published(known: Knowledge, product: str, keys: str, figures: str) -> Sums:
    sums = ", ".join(f"cast(sum({name}) as bigint) as {name}" for name in figures.split(", "))
    rows = known.product(
        f"finance/{product}", f"select {keys}, {sums} from product group by {keys}"
    )
    return {
        tuple(str(row[name]) for name in keys.split(", ")): tuple(
            row[name] for name in figures.split(", ")
        )
        for row in rows
    }


def rates(known: Knowledge) -> dict[tuple[str, str], Decimal]:
    rows = known.product("finance/fx_rates", "select rate_date, from_currency, rate from product")
    return {(str(row["rate_date"]), row["from_currency"]): row["rate"] for row in rows}


def converted(micros: int, rate: Decimal) -> int:
    return int((micros * rate).quantize(Decimal(1), ROUND_HALF_UP))


def test_orders_close_with_the_ledger_to_the_cent_per_currency(
    known: Knowledge,
):
    expected = summed(
        (
            (order["company_id"], order["currency"]),
            (
                1,
                sum(line["net_micros"] for line in order["lines"]),
                sum(line["tax_micros"] for line in order["lines"]),
                sum(refund["net_micros"] for refund in order["refunds"]),
            ),
        )
        for order in truth(known)
    )
    assert {currency for _, currency in expected} == {"EUR", "GBP", "USD", "JPY"}
    counts = known.product(
        "finance/orders",
        "select company_id, currency, count(*) as orders from product group by all",
    )
    money = published(
        known, "orders", "company_id, currency", "net_micros, tax_micros, refunded_net_micros"
    )
    assert {
        (row["company_id"], row["currency"]): (
            row["orders"],
            *money[row["company_id"], row["currency"]],
        )
        for row in counts
    } == expected


def test_revenue_and_profit_by_product_are_the_truth_s_at_each_day_s_rate(
    known: Knowledge,
):
    """Sales and refunds in their own month, each at its own day's rate; goods at the sale's."""
    rate = rates(known)

    def postings() -> Iterable[tuple[tuple[Any, ...], tuple[int, ...]]]:
        for order in truth(known):
            sold, currency = order["order_date"], order["currency"]
            cost = {line["product_id"]: line["unit_cost_micros"] for line in order["lines"]}
            for line in order["lines"]:
                key = (f"{sold[:7]}-01", line["product_id"], currency)
                revenue = converted(line["net_micros"], rate[sold, currency])
                spent = converted(line["quantity"] * line["unit_cost_micros"], rate[sold, "EUR"])
                yield key, (line["quantity"], 0, line["net_micros"], revenue, spent)
            for refund in order["refunds"]:
                day, product = refund["refund_date"], refund["product_id"]
                key = (f"{day[:7]}-01", product, currency)
                back = refund["returned_quantity"]
                revenue = converted(refund["net_micros"], rate[day, currency])
                spent = converted(back * cost[product], rate[sold, "EUR"])
                yield key, (0, back, -refund["net_micros"], -revenue, -spent)

    ours = published(
        known,
        "revenue_by_product",
        "month, product_id, currency",
        "quantity_sold, quantity_returned, revenue_micros, revenue_reporting_micros, "
        "cost_reporting_micros",
    )
    assert ours == summed(postings())


@pytest.mark.parametrize("product", ["revenue_by_client", "revenue_by_product"])
def test_all_ways_to_add_up_revenue_come_to_the_same(first: Knowledge, product: str):
    figures = "revenue_reporting_micros, cost_reporting_micros, gross_profit_reporting_micros"
    assert published(first, product, "company_id, currency", figures) == published(
        first, "orders", "company_id, currency", figures
    )


def test_attributed_and_unattributed_orders_together_are_the_ledger_s(first: Knowledge):
    figures = "revenue_reporting_micros, cost_reporting_micros, gross_profit_reporting_micros"
    months = first.product(
        "finance/orders",
        "select cast(date_trunc('month', order_date) as date) as month, count(*) as orders,"
        " cast(sum(revenue_reporting_micros) as bigint) as revenue,"
        " cast(sum(gross_profit_reporting_micros) as bigint) as profit from product group by all",
    )
    ours = published(first, "marketing_profitability", "month", f"orders, {figures}")
    assert {month: (row[0], row[1], row[3]) for month, row in ours.items()} == {
        (str(row["month"]),): (row["orders"], row["revenue"], row["profit"]) for row in months
    }


def test_what_campaigns_cost_in_finance_is_what_marketing_publishes(first: Knowledge):
    days = first.product(
        "marketing/campaign_performance",
        "select platform, cast(date_trunc('month', reporting_day) as date) as month,"
        " cast(sum(spend_reporting_micros) as bigint) as spend from product group by all",
    )
    ours = published(first, "marketing_profitability", "platform, month", "spend_reporting_micros")
    assert {key: spend for key, spend in ours.items() if spend != (0,)} == {
        (row["platform"], str(row["month"])): (row["spend"],) for row in days
    }


def test_orders_are_credited_to_the_campaign_whose_click_brought_them(first: Knowledge):
    """By id whatever is published; by tag alone what kept the name that its tag was made of."""
    known = {
        (row["platform"], row["account_id"], row["campaign_id"])
        for row in first.product(
            "marketing/campaign_performance",
            "select distinct platform, account_id, campaign_id from product",
        )
    }
    by_id: dict[tuple[str, ...], int] = defaultdict(int)
    by_tag: dict[tuple[str, ...], int] = defaultdict(int)
    for order in truth(first):
        campaign = order["campaign"]
        if campaign is None:
            continue
        key = (campaign["platform"], campaign["account_id"], campaign["campaign_id"])
        if key in known:
            with_id = campaign["platform"] == "google_ads" or campaign["utm_id"]
            (by_id if with_id else by_tag)[key] += 1
    ours = {
        key: orders
        for key, (orders,) in published(
            first, "marketing_profitability", "platform, account_id, campaign_id", "orders"
        ).items()
        if orders and key[0]
    }
    assert len(by_id) > 10
    assert {key: ours.get(key, 0) for key in by_id} == dict(by_id)
    others = {key: orders for key, orders in ours.items() if key not in by_id}
    assert others
    assert all(by_tag[key] == orders for key, orders in others.items())


def test_a_refund_and_a_correction_restate_the_order_and_a_deleted_one_vanishes(
    first: Knowledge, later: Knowledge
):
    def orders(known: Knowledge) -> dict[str, tuple[int, int]]:
        rows = known.product(
            "finance/orders", "select order_id, net_micros, refunded_net_micros from product"
        )
        return {row["order_id"]: (row["net_micros"], row["refunded_net_micros"]) for row in rows}

    before, after = orders(first), orders(later)
    standing = {order["order_id"] for order in truth(later)}
    deleted = before.keys() - standing
    assert deleted
    assert not deleted & after.keys()
    assert any(before[key][0] != after[key][0] for key in before.keys() & after.keys())
    assert any(before[key][1] != after[key][1] for key in before.keys() & after.keys())


def test_a_corrected_price_list_restates_the_profit_of_its_product_alone(
    first: Knowledge, later: Knowledge
):
    """The T-shirt costs 0.45 EUR more since October than was booked until 9 November."""

    def unit_costs(known: Knowledge) -> dict[str, set[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        for order in truth(known):
            if order["order_date"] >= "2026-10-01":
                for line in order["lines"]:
                    found[line["product_id"]].add(line["unit_cost_micros"])
        return found

    before, after = unit_costs(first), unit_costs(later)
    assert after["P03"] == {cost + 450_000 for cost in before["P03"]}
    assert {key: cost for key, cost in after.items() if key != "P03"} == {
        key: cost for key, cost in before.items() if key != "P03"
    }


def test_a_client_is_new_once_and_whoever_was_erased_keeps_only_a_number(first: Knowledge):
    rows = first.product(
        "finance/orders",
        "select company_id, client_id, count(*) filter (where is_first_order) as firsts,"
        " min(ordered_at) = min(ordered_at) filter (where is_first_order) as is_earliest"
        " from product group by company_id, client_id",
    )
    assert all(row["firsts"] == 1 and row["is_earliest"] for row in rows)
    clients = first.product(
        "finance/revenue_by_client", "select distinct client_kind, business_name from product"
    )
    assert any(row["client_kind"] is None for row in clients)
    assert all(row["business_name"] is None for row in clients if row["client_kind"] != "business")


def test_every_invoice_is_met_and_accounts_that_nobody_may_read_are_named(first: Knowledge):
    rows = first.product(
        "finance/ad_invoice_reconciliation",
        "select account_id, status from product where month = date '2026-10-01'",
    )
    accounts = first.truth("accounts")
    assert {row["account_id"]: row["status"] == "not_pulled" for row in rows} == {
        one["account_id"]: not one["readable"] for one in accounts
    }
    assert {row["status"] for row in rows} == {"not_pulled", "cost_incomplete"}


def test_budgets_of_all_companies_are_paced_by_channel(first: Knowledge):
    rows = first.product(
        "finance/budget_pacing",
        "select channel, status, days_known, budget_reporting_micros, spend_reporting_micros"
        " from product where month = date '2026-11-01'",
    )
    assert {row["channel"] for row in rows} == {"google_ads", "facebook_ads"}
    assert all(row["budget_reporting_micros"] > 0 for row in rows)
    assert all(0 < row["days_known"] < 5 for row in rows)
