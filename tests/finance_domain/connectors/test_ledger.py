"""The ledger from a PostgreSQL server and from a file, against the books' own truth."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from finance_domain.connectors.ledger import connect
from finance_domain.connectors.ledger_streams import DATED, STREAMS
from finance_domain.landing.ledger import days_due
from shared_policies.platform import clock
from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import (
    AnswerBroken,
    CredentialsRejected,
    MisconfiguredSetting,
    PermissionMissing,
    PipelineError,
    TransientFault,
)
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.pulling import pull_accounts
from tests.conftest import NOW
from tests.finance_domain.conftest import OWNER_PASSWORD, READER_PASSWORD, Books, Server
from tests.sandbox.ledger.catalogue import OPENED
from tests.sandbox.ledger.truth import booked

if TYPE_CHECKING:
    from pathlib import Path

    from finance_domain.connectors.ledger import LedgerConnector

ALL_DAYS = DayRange(start=OPENED, end=NOW.date() + timedelta(days=1))
LATER = datetime(2026, 11, 12, 7, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESH_DATA_DIR", str(tmp_path / "mesh"))
    monkeypatch.delenv("LEDGER_SCHEMA_NAME", raising=False)


def connected(url: str, monkeypatch: pytest.MonkeyPatch, **settings: str) -> LedgerConnector:
    for name, value in {"url": url, **settings}.items():
        monkeypatch.setenv(f"LEDGER_{name.upper()}", value)
    connector = connect()
    connector.policy.sleep = lambda _: None
    return connector


def rows(connector: LedgerConnector, stream: str, days: DayRange = ALL_DAYS) -> list[Any]:
    return [
        row
        for company in connector.accounts().readable
        for row in connector.pull(STREAMS[stream], company, days).rows.to_pylist()
    ]


def land_all(connector: LedgerConnector, store: LandingStore, days: DayRange) -> None:
    for name in DATED:
        pull_accounts(
            connector,
            STREAMS[name],
            days,
            landing_store=store,
            threads=2,
            on_progress=lambda _: None,
        ).raise_for_failures()


def by_currency(found: list[Any]) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    sums: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for row in found:
        total = sums[row["account_id"], row["currency"]]
        total[0] += row["net_amount"]
        total[1] += row["tax_amount"]
    return {key: (total[0], total[1]) for key, total in sums.items()}


def test_orders_and_their_lines_come_to_the_cent_per_company_and_currency(
    books: Books, monkeypatch: pytest.MonkeyPatch
):
    connector = connected(books.reader_url, monkeypatch)
    expected: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for order in booked(books.world, ALL_DAYS.start, ALL_DAYS.end, NOW):
        total = expected[order["company_id"], order["currency"]]
        total[0] += sum(Decimal(line["net_micros"]).scaleb(-6) for line in order["lines"])
        total[1] += sum(Decimal(line["tax_micros"]).scaleb(-6) for line in order["lines"])
    assert {currency for _, currency in expected} == {"EUR", "GBP", "USD", "JPY"}
    whole = {key: (net, tax) for key, (net, tax) in expected.items()}
    assert by_currency(rows(connector, "orders")) == whole
    assert by_currency(rows(connector, "order_lines")) == whole
    assert not connector.sandbox


def test_refunds_come_on_their_own_day_and_cancelled_ones_do_not(
    books: Books, monkeypatch: pytest.MonkeyPatch
):
    found = rows(connected(books.reader_url, monkeypatch), "refunds")
    truth = [
        (order["order_id"], refund["refund_date"], Decimal(refund["net_micros"]).scaleb(-6))
        for order in booked(books.world, ALL_DAYS.start, ALL_DAYS.end, NOW)
        for refund in order["refunds"]
    ]
    assert len(truth) > 100
    assert sorted((r["order_id"], str(r["account_day"]), r["net_amount"]) for r in found) == sorted(
        truth
    )


def test_instants_are_utc_and_consent_is_a_flag(books: Books, monkeypatch: pytest.MonkeyPatch):
    found = {
        row["order_id"]: row for row in rows(connected(books.reader_url, monkeypatch), "orders")
    }
    truth = {
        order["order_id"]: datetime.fromisoformat(order["ordered_at"])
        for order in booked(books.world, ALL_DAYS.start, ALL_DAYS.end, NOW)
    }
    assert {key: row["ordered_at"] for key, row in found.items()} == truth
    assert {row["has_consent"] for row in found.values()} == {True, False}
    kept = [row for row in found.values() if row["gclid"] or row["fbclid"] or row["utm_source"]]
    assert kept
    assert all(row["has_consent"] for row in kept), "nobody is followed without consent"


def test_small_tables_are_read_whole_whatever_days_are_asked_for(
    books: Books, monkeypatch: pytest.MonkeyPatch
):
    connector = connected(books.reader_url, monkeypatch)
    a_day = DayRange.single(date(2026, 11, 3))
    products = {row["product_id"] for row in rows(connector, "products", a_day)}
    assert products == {"P01", "P02", "P03", "P04", "P05", "P06"}
    invoices = rows(connector, "ad_invoices", a_day)
    assert {row["kind"] for row in invoices} == {"invoice", "credit_note"}
    assert all(row["net_amount"] < 0 for row in invoices if row["kind"] == "credit_note")


def told(books: Books, as_of: datetime) -> dict[date, list[Any]]:
    """What the truth says of each booking day; a refund belongs to its own."""
    days: dict[date, list[Any]] = defaultdict(list)
    for order in booked(books.world, OPENED, LATER.date() + timedelta(days=1), as_of):
        refunds = order.pop("refunds")
        for line in order["lines"]:
            line.pop("unit_cost_micros")
        days[date.fromisoformat(order["order_date"])].append(order)
        for refund in refunds:
            days[date.fromisoformat(refund["refund_date"])].append((order["order_id"], refund))
    return days


def test_exactly_the_days_that_were_changed_are_due_again_however_old_they_are(
    books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    connector = connected(books.reader_url, monkeypatch)
    store = LandingStore(str(tmp_path / "landing"))
    everything = DayRange(start=OPENED, end=LATER.date() + timedelta(days=1))
    assert min(days_due(connector, store)) == min(told(books, NOW)), "first, the whole books"
    land_all(connector, store, everything)
    assert days_due(connector, store) == set()
    before = told(books, NOW)
    books.write(LATER)
    after = told(books, LATER)
    changed = {day for day in before.keys() | after.keys() if before[day] != after[day]}
    assert min(changed) < NOW.date() - timedelta(days=10), "the books hold late corrections"
    assert days_due(connector, store) == changed
    land_all(connector, store, everything)
    assert days_due(connector, store) == set()


def test_an_order_deleted_without_a_trace_makes_its_day_due(
    books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    connector = connected(books.reader_url, monkeypatch)
    store = LandingStore(str(tmp_path / "landing"))
    land_all(connector, store, ALL_DAYS)
    gone = next(row for row in rows(connector, "orders") if row["account_day"].month == 9)
    books.run(f"delete from orders where order_id = '{gone['order_id']}'")
    assert days_due(connector, store) == {gone["account_day"]}


def test_rows_that_do_not_add_up_to_the_database_s_own_sum_are_not_landed(
    books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """An amount finer than what is landed would round away money."""
    if books.owner_url.startswith("postgresql"):
        books.run("alter table orders alter column net_amount type numeric(18, 6)")
    books.run(
        "update orders set net_amount = '10.123456' where order_id ="
        " (select min(order_id) from orders where deleted_at is null)"
    )
    connector = connected(books.reader_url, monkeypatch)
    with pytest.raises(AnswerBroken, match=r"10\.123456"):
        rows(connector, "orders")


@pytest.mark.parametrize("column", ["order_date", "modified_at"])
def test_rows_that_no_pull_would_find_are_refused_and_not_left_out(
    books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, column: str
):
    books.run(f"update orders set {column} = null where order_date = '2026-10-07'")
    connector = connected(books.reader_url, monkeypatch)
    with pytest.raises(AnswerBroken, match=r"orders.*(booking day|2026-10-07)"):
        days_due(connector, LandingStore(str(tmp_path / "landing")))


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("alter table refunds rename to credit_notes", ["refunds", "credit_notes", "view"]),
        ("alter table orders rename column client_id to customer", ["client_id", "customer"]),
        ("delete from companies", ["companies", "time_zone"]),
    ],
)
def test_a_ledger_of_another_form_is_refused_by_name(
    books: Books, monkeypatch: pytest.MonkeyPatch, sql: str, names: list[str]
):
    books.run(sql)
    connector = connected(books.reader_url, monkeypatch)
    with pytest.raises(MisconfiguredSetting) as refused:
        [rows(connector, stream) for stream in DATED]
    assert all(name in str(refused.value) for name in ["ledger", *names])


def refusal(connector: LedgerConnector) -> PipelineError:
    """Raised, told without a password in message, cause or traceback's own words."""
    with pytest.raises(PipelineError) as refused:
        rows(connector, "refunds")
    told_of = (
        f"{refused.value!r} {refused.value} {refused.value.__cause__!r} {connector.settings!r}"
    )
    assert OWNER_PASSWORD not in told_of
    assert READER_PASSWORD not in told_of
    assert "wrong-secret" not in told_of
    assert refused.value.cure
    return refused.value


@pytest.mark.parametrize("books", ["postgresql"], indirect=True)
def test_a_missing_grant_names_the_table(books: Books, monkeypatch: pytest.MonkeyPatch):
    books.run("revoke select on refunds from reader")
    found = refusal(connected(books.reader_url, monkeypatch))
    assert isinstance(found, PermissionMissing)
    assert "refunds" in str(found)
    assert found.account_id == "aurora-de"


def test_a_wrong_password_is_a_matter_of_credentials(
    server: Server, monkeypatch: pytest.MonkeyPatch
):
    url = server.url("postgres", user="reader", password="wrong-secret")
    assert isinstance(refusal(connected(url, monkeypatch)), CredentialsRejected)


def test_a_database_that_is_not_there_is_a_wrong_setting(
    server: Server, monkeypatch: pytest.MonkeyPatch
):
    url = server.url("nowhere", user="reader", password=READER_PASSWORD)
    found = refusal(connected(url, monkeypatch))
    assert isinstance(found, MisconfiguredSetting)
    assert "nowhere" in str(found)


def test_a_server_that_went_away_may_come_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    url = f"postgresql+psycopg://reader:{READER_PASSWORD}@/ledger?host={tmp_path}"
    assert isinstance(refusal(connected(url, monkeypatch)), TransientFault)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("ledger.example:5432", "LEDGER_URL"),
        ("nosuchdatabase://reader:wrong-secret@host/ledger", "LEDGER_URL"),
        ("sqlite:////nowhere/ledger.sqlite", "/nowhere/ledger.sqlite"),
    ],
)
def test_a_url_that_leads_nowhere_is_a_wrong_setting(
    monkeypatch: pytest.MonkeyPatch, url: str, name: str
):
    found = refusal(connected(url, monkeypatch))
    assert isinstance(found, MisconfiguredSetting)
    assert name in str(found)


@pytest.mark.parametrize("books", ["postgresql"], indirect=True)
def test_the_tables_may_stand_in_another_schema(books: Books, monkeypatch: pytest.MonkeyPatch):
    books.run("create schema accounting; alter table companies set schema accounting")
    books.run("grant usage on schema accounting to reader")
    connector = connected(books.reader_url, monkeypatch, schema_name="accounting")
    assert len(connector.accounts().readable) == 3


@pytest.mark.parametrize("books", ["postgresql"], indirect=True)
def test_the_ledger_is_never_written_to_even_by_its_owner(
    books: Books, monkeypatch: pytest.MonkeyPatch
):
    import sqlalchemy as sa  # noqa: PLC0415  as the connector does

    books.run("create sequence numbers")
    connector = connected(books.owner_url, monkeypatch)
    with pytest.raises(sa.exc.InternalError, match="read-only transaction"):
        connector._read(
            lambda connection: connection.execute(sa.text("select nextval('numbers')")).all(),
            account_id=None,
            days=None,
        )


@pytest.mark.parametrize("books", ["postgresql"], indirect=True)
def test_a_machine_whose_clock_is_not_the_database_s_reads_nothing(
    books: Books, monkeypatch: pytest.MonkeyPatch
):
    connector = connected(books.reader_url, monkeypatch)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    monkeypatch.setattr(clock, "machine_time", lambda: tomorrow)
    found = refusal(connector)
    assert isinstance(found, MisconfiguredSetting)
    assert "clock" in str(found)
