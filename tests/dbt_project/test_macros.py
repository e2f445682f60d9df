"""Money, calendars and names of actions in SQL, against arithmetic of their own."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

MACROS = Path(__file__).parents[2] / "dbt_project" / "macros"
RATES = st.decimals(Decimal("0.000001"), Decimal(99999), places=6)
TWELVE_PLACES = Decimal("0.000000000001")


def macro(file: str, name: str, *arguments: str) -> str:
    """The SQL that the macro renders for DuckDB."""
    return str(getattr(_module(file), name)(*arguments))


@cache
def _module(file: str) -> Any:  # noqa: ANN401
    environment = Environment(autoescape=False)  # noqa: S701  SQL, not HTML
    return environment.from_string((MACROS / file).read_text()).module


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def value(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:  # noqa: ANN401
    row = connection.execute(f"select {sql}").fetchone()
    assert row is not None
    return row[0]


@settings(max_examples=150, deadline=None)
@given(RATES, RATES)
def test_a_cross_rate_is_the_exact_quotient_rounded_half_up(
    connection: duckdb.DuckDBPyConnection, units: Decimal, other: Decimal
):
    sql = macro(
        "money.sql",
        "duckdb__exact_ratio",
        f"cast({units} as decimal(20, 6))",
        f"cast({other} as decimal(20, 6))",
    )
    scaled = Fraction(units) / Fraction(other) * 10**12
    expected = Decimal((2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator))
    if expected * TWELVE_PLACES >= 10**8:
        return  # beyond any currency
    assert value(connection, sql) == expected.scaleb(-12)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(-(10**14), 10**14),
    st.decimals(Decimal("0.000001"), Decimal(500), places=12),
)
def test_converted_money_is_rounded_half_away_from_zero_to_a_whole_micro(
    connection: duckdb.DuckDBPyConnection, micros: int, rate: Decimal
):
    sql = macro("money.sql", "converted", str(micros), f"cast({rate:f} as decimal(20, 12))")
    expected = int((Decimal(micros) * rate).quantize(Decimal(1), rounding=ROUND_HALF_UP))
    assert value(connection, sql) == expected


@pytest.mark.parametrize(("text", "micros"), [("12.34", 12_340_000), ("1500", 1_500_000_000)])
def test_a_platform_s_decimal_is_whole_micros(
    connection: duckdb.DuckDBPyConnection, text: str, micros: int
):
    sql = macro("money.sql", "to_micros", f"cast('{text}' as decimal(20, 6))")
    assert value(connection, sql) == micros


ZONES = (
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Honolulu",
)
CLOCK_CHANGES = (date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 25))
DAYS = st.one_of(
    st.dates(date(2024, 1, 1), date(2027, 12, 31)),
    st.sampled_from(CLOCK_CHANGES).flatmap(
        lambda day: st.integers(-1, 1).map(lambda shift: day + timedelta(days=shift))
    ),
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ZONES), st.sampled_from(ZONES), DAYS, st.integers(0, 23))
def test_an_hour_of_any_account_lies_on_a_day_that_one_of_its_minutes_has(
    connection: duckdb.DuckDBPyConnection, zone: str, company: str, day: date, hour: int
):
    """Found by walking over real minutes: exact unless the hour itself crosses midnight."""
    quarter, minutes = timedelta(minutes=15), []
    instant = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
    while instant < datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=39):
        local = instant.astimezone(ZoneInfo(zone))
        if (local.date(), local.hour) == (day, hour):
            minutes.append(instant)
        instant += quarter
    if not minutes:
        return  # the clock skips it, and no platform reports it
    start = macro("time.sql", "duckdb__local_hour_start", f"date '{day}'", str(hour), f"'{zone}'")
    sql = macro("time.sql", "duckdb__local_day", start, f"'{company}'")
    found = value(connection, sql)
    assert found in {minute.astimezone(ZoneInfo(company)).date() for minute in minutes}


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(ZONES), DAYS)
def test_a_day_begins_at_its_first_instant(
    connection: duckdb.DuckDBPyConnection, zone: str, day: date
):
    sql = macro("time.sql", "duckdb__day_start", f"date '{day}'", f"'{zone}'")
    found = value(connection, sql).astimezone(UTC)
    here = ZoneInfo(zone)
    assert found.astimezone(here).date() == day
    assert (found - timedelta(seconds=1)).astimezone(here).date() == day - timedelta(days=1)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo", "America/Los_Angeles"])
@pytest.mark.parametrize(
    "day", [date(2026, 3, 8), date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 1)]
)
def test_an_hour_of_an_account_lies_on_the_company_s_day(
    connection: duckdb.DuckDBPyConnection, zone: str, day: date
):
    """Every instant of the days on which one of the clocks changes."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    for hours in range(25):
        instant = midnight + timedelta(hours=hours)
        local = instant.astimezone(ZoneInfo(zone))
        if local.date() != day:
            continue
        start = macro(
            "time.sql", "duckdb__local_hour_start", f"date '{day}'", str(local.hour), f"'{zone}'"
        )
        sql = macro("time.sql", "duckdb__local_day", start, "'Europe/Berlin'")
        expected = instant.astimezone(ZoneInfo("Europe/Berlin")).date()
        assert value(connection, sql) == expected, (local, instant)
