"""Finance's judgements over a few rows written by hand: attribution, payback, pacing, invoices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from jinja2 import Environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DBT = Path(__file__).parents[2] / "dbt_project"
MACROS = ("money.sql", "time.sql", "campaign_keys.sql")
VARIABLES = {"reporting_currency": "EUR", "reporting_time_zone": "Europe/Berlin"}


def rendered(model: str) -> str:
    """The model's SQL over tables that are called as their models are."""
    environment = Environment(autoescape=False)  # noqa: S701  SQL, not HTML
    macros: Any = None

    class Adapter:
        def dispatch(self, name: str) -> Callable[..., str]:
            found: Callable[..., str] = getattr(macros, f"duckdb__{name}")
            return found

    environment.globals.update(
        {
            "adapter": Adapter(),
            "return": lambda value: value,
            "var": VARIABLES.__getitem__,
            "ref": lambda name: name,
            "source": lambda schema, name: f"{schema}.{name}",
        }
    )
    text = "".join((DBT / "macros" / name).read_text() for name in MACROS)
    macros = environment.from_string(text).module
    path = next((DBT / "models").rglob(f"{model}.sql"))
    return environment.from_string(text + path.read_text()).render()


class Tables:
    """DuckDB with hand-written tables in the place of models and products."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def hold(self, name: str, columns: str, *rows: tuple[Any, ...]) -> None:
        self.connection.execute(f"create table {name} ({columns})")
        marks = ", ".join("?" * len(rows[0])) if rows else ""
        for row in rows:
            self.connection.execute(f"insert into {name} values ({marks})", row)

    def build(self, *models: str) -> None:
        for model in models:
            self.connection.execute(f"create table {model} as {rendered(model)}")

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()


@pytest.fixture
def tables() -> Iterator[Tables]:
    with duckdb.connect() as connection:
        connection.execute("create schema marketing")
        found = Tables(connection)
        found.hold(
            "int_finance__ledger_days",
            "company_id text, booking_day date, day_was_over boolean, sandbox boolean",
            *[("de", f"2026-10-{day:02}", True, False) for day in range(1, 32)],
        )
        yield found


ORDER = (
    "company_id text, order_id text, client_id text, order_date date, is_first_order boolean,"
    " sales_channel text, has_consent boolean, utm_source text, utm_campaign text, utm_id text,"
    " google_ads_campaign_id text, click_id_kind text, revenue_reporting_micros bigint,"
    " cost_reporting_micros bigint, gross_profit_reporting_micros bigint, sandbox boolean"
)
CAMPAIGN_DAY = (
    "platform text, account_id text, account_name text, campaign_id text, campaign_name text,"
    " reporting_day date, spend_reporting_micros bigint, is_complete boolean, is_residual boolean,"
    " sandbox boolean"
)


def order(
    number: int,
    *,
    client: str = "",
    day: str = "2026-10-05",
    profit: int = 10,
    first: bool = True,
    channel: str = "web",
    consent: bool = True,
    tag: str | None = None,
    utm_id: str | None = None,
    google_id: str | None = None,
    click: str | None = None,
) -> tuple[Any, ...]:
    source = "facebook" if tag else None
    money = (2 * profit * 1_000_000, profit * 1_000_000, profit * 1_000_000)
    key = (channel, consent, source, tag, utm_id, google_id, click)
    return ("de", f"o{number}", client or f"c{number}", day, first, *key, *money, False)


def campaign_day(
    campaign: str, name: str, day: int, *, spend: int = 0, account: str = "f", complete: bool = True
) -> tuple[Any, ...]:
    platform = "google_ads" if account == "g" else "facebook_ads"
    reporting_day = f"2026-10-{day:02}"
    figures = (reporting_day, spend * 1_000_000, complete, False, False)
    return (platform, account, f"Account {account}", campaign, name, *figures)


def profitability(tables: Tables, orders: list[Any], days: list[Any]) -> None:
    tables.hold("orders", ORDER, *orders)
    tables.hold("marketing.campaign_performance", CAMPAIGN_DAY, *days)
    tables.build(
        "int_finance__campaigns",
        "int_finance__attributed_orders",
        "int_finance__campaign_spend",
        "int_finance__cohort_profit",
        "int_finance__ledger_months",
        "marketing_profitability",
    )


def test_an_order_is_credited_by_its_strongest_key_or_told_why_not(tables: Tables):
    profitability(
        tables,
        [
            order(1, google_id="11", click="gclid"),
            order(2, tag="autumn--sale", utm_id="21", click="fbclid"),
            order(3, tag="spring-|-sale", click="fbclid"),
            order(4, tag="both", click="fbclid"),
            # The id is of an account that nobody pulls; its tag is another campaign's by chance.
            order(5, tag="autumn-sale", utm_id="99", click="fbclid"),
            order(6, click="fbclid"),
            order(7),
            order(8, consent=False),
            order(9, channel="phone", consent=False),
            order(10, google_id="21"),
        ],
        [
            campaign_day("11", "Brand", 1, account="g"),
            campaign_day("21", "Autumn Sale", 1),
            campaign_day("22", "Spring | Sale", 1),
            campaign_day("23", "Both", 1),
            campaign_day("24", "both", 1),
        ],
    )
    found = tables.ask(
        "select order_id, campaign_id, unattributed_reason from int_finance__attributed_orders"
    )
    assert {order_id: reason or campaign for order_id, campaign, reason in found} == {
        "o1": "11",
        "o2": "21",
        "o3": "22",
        "o4": "ambiguous_tag",
        "o5": "unknown_campaign",
        "o6": "untagged_ad",
        "o7": "no_campaign",
        "o8": "no_consent",
        "o9": "not_online",
        "o10": "unknown_campaign",
    }
    assert tables.ask("select sum(orders) from marketing_profitability") == [(10,)]


def test_a_campaign_pays_back_on_the_day_its_new_clients_profit_reaches_its_spend(tables: Tables):
    """25 spent on two new clients: 10 and 10 at once, and 8 when one of them buys without an ad."""
    profitability(
        tables,
        [
            order(1, client="a", utm_id="21", day="2026-10-03"),
            order(2, client="b", utm_id="21", day="2026-10-04"),
            order(3, client="a", first=False, profit=8, day="2026-10-20"),
            # Not won by the campaign, so no part of what it paid back.
            order(4, client="z", first=False, utm_id="21", profit=40, day="2026-10-05"),
        ],
        [campaign_day("21", "Autumn", day, spend=25 if day == 2 else 0) for day in range(1, 32)],
    )
    row = tables.ask(
        "select orders, new_clients, gross_profit_reporting_micros, contribution_reporting_micros,"
        " cost_per_new_client, return_on_ad_spend, profit_on_ad_spend, payback_ratio,"
        " payback_days, is_complete from marketing_profitability where campaign_id = '21'"
    )
    assert row == [(3, 2, 60_000_000, 35_000_000, 12.5, 4.8, 2.4, 28 / 25, 19, True)]


def test_a_campaign_that_won_nobody_has_no_cost_per_client_and_no_free_one(tables: Tables):
    profitability(tables, [order(1)], [campaign_day("21", "Autumn", 2, spend=25)])
    row = tables.ask(
        "select contribution_reporting_micros, cost_per_new_client, profit_on_ad_spend,"
        " payback_days, is_complete from marketing_profitability where campaign_id = '21'"
    )
    assert row == [(-25_000_000, None, 0.0, None, False)], "and 30 days are not known"


BUDGET = "month date, channel text, budget_reporting_micros bigint"


@pytest.mark.parametrize(
    ("budget", "spends", "projected", "status", "alert"),
    [
        (310, [10] * 10, 310, "on_track", False),
        (310, [11] * 10, 341, "heading_over", True),
        (310, [8] * 10, 248, "heading_under", False),
        (90, [10] * 10, 310, "exceeded", True),
        (310, [10] * 31, 310, "on_track", False),
        (None, [10] * 10, 310, "no_budget", True),
        (310, [], None, "no_spend_known", False),
    ],
)
def test_spend_at_this_pace_is_held_against_the_budget(
    tables: Tables,
    budget: int | None,
    spends: list[int],
    projected: int | None,
    status: str,
    alert: bool,  # noqa: FBT001
):
    planned = [("2026-10-01", "facebook_ads", budget * 1_000_000)] if budget else []
    tables.hold("int_finance__budgets", BUDGET, *planned)
    days = [campaign_day("21", "A", day, spend=spend) for day, spend in enumerate(spends, start=1)]
    # Today is not over: its spend counts, and does not set the pace.
    today = [campaign_day("21", "A", 11, spend=0, complete=False)] if len(spends) == 10 else []
    tables.hold("marketing.campaign_performance", CAMPAIGN_DAY, *days, *today)
    tables.build("budget_pacing")
    found = tables.ask(
        "select projected_spend_reporting_micros / 1000000, status, is_alert from budget_pacing"
    )
    assert found == [(projected, status, alert)]


@pytest.mark.parametrize(
    ("cost", "billed", "days", "status", "difference"),
    [
        (1000, [1000], 31, "equal", 0),
        (1000, [1015, -5], 31, "within_tolerance", 10),
        (1000, [1050], 31, "differs", 50),
        (1000, [970], 31, "differs", -30),
        (1000, [1000], 30, "cost_incomplete", 0),
        (1000, [], 31, "not_billed", None),
        (None, [1000], 0, "not_pulled", None),
    ],
)
def test_an_invoice_is_held_against_what_the_platform_says_it_cost(
    tables: Tables,
    cost: int | None,
    billed: list[int],
    days: int,
    status: str,
    difference: int | None,
):
    tables.hold(
        "stg_ledger__ad_invoices",
        "account_id text, account_day date, billing_month date, supplier text, ad_account_id text,"
        " currency text, kind text, net_amount decimal(18, 4)",
        *[
            ("de", "2026-11-05", "2026-10-01", "facebook_ads", "f", "USD", kind, amount)
            for amount in billed
            for kind in ("credit_note" if amount < 0 else "invoice",)
        ],
    )
    tables.hold(
        "int_finance__snapshots",
        "stream text, company_id text, account_day date",
        ("ad_invoices", "de", "2026-11-05"),
    )
    tables.hold(
        "marketing.ad_performance",
        "platform text, account_id text, account_name text, account_currency text, date_day date,"
        " spend_account_micros bigint",
        *([("facebook_ads", "f", "F", "USD", "2026-10-07", cost * 1_000_000)] if cost else []),
    )
    known = [campaign_day("21", "A", day) for day in range(1, days + 1)]
    tables.hold("marketing.campaign_performance", CAMPAIGN_DAY, *known)
    tables.build("int_finance__ad_invoices", "ad_invoice_reconciliation")
    found = tables.ask("select status, difference_micros from ad_invoice_reconciliation")
    assert found == [(status, None if difference is None else difference * 1_000_000)]


def test_a_missing_rate_leaves_no_total_instead_of_a_smaller_one(tables: Tables):
    tables.hold("amounts", "micros bigint", (5,), (None,))
    macro = (DBT / "macros" / "money.sql").read_text()
    template: Any = Environment(autoescape=False).from_string(macro).module  # noqa: S701  SQL
    assert tables.ask(f"select {template.whole_sum('micros')} from amounts") == [(None,)]
    assert tables.ask(
        f"select {template.whole_sum('micros')} from amounts where micros is not null"
    ) == [(5,)]
