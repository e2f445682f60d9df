"""An account's total is the sum of its campaigns and an explicit residual, whatever they say."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

MODEL = (
    Path(__file__).parents[2]
    / "dbt_project/models/marketing/intermediate/int_marketing__account_residuals.sql"
)
DAYS = (date(2026, 10, 24), date(2026, 10, 25), date(2026, 10, 26))
MEASURES = ("impressions", "clicks", "spend_micros", "conversions_click_through")
COUNT = st.integers(0, 10**9)
FIGURES = st.tuples(COUNT, COUNT, COUNT, st.integers(0, 400).map(lambda n: n / 4))
TOTALS = pa.schema(
    [
        ("platform", pa.string()),
        ("account_id", pa.string()),
        ("account_day", pa.date32()),
        *((name, pa.int64()) for name in MEASURES[:3]),
        ("conversions_click_through", pa.float64()),
        ("conversions_view_through", pa.float64()),
    ]
)
SLICES = pa.schema(
    [
        ("platform", pa.string()),
        ("account_id", pa.string()),
        ("account_day", pa.date32()),
        ("stream", pa.string()),
        ("day_was_over", pa.bool_()),
    ]
)


def rendered() -> str:
    environment = Environment(autoescape=False)  # noqa: S701  SQL, not HTML
    return environment.from_string(MODEL.read_text()).render(ref=lambda name: name)


QUERY = rendered()


def figures(day: date, amounts: tuple[Any, ...]) -> dict[str, Any]:
    place = {"platform": "google_ads", "account_id": "1", "account_day": day}
    return {**place, **dict(zip(MEASURES, amounts, strict=True)), "conversions_view_through": 0.0}


def residuals(
    accounts: dict[date, tuple[Any, ...]],
    campaigns: dict[date, list[tuple[Any, ...]]],
    *,
    day_was_over: bool,
) -> dict[date, dict[str, Any]]:
    slices = [
        {
            "platform": "google_ads",
            "account_id": "1",
            "account_day": day,
            "stream": stream,
            "day_was_over": day_was_over,
        }
        for day in accounts
        for stream in ("account_day", "campaign_day")
    ]
    totals = [figures(day, one) for day, one in accounts.items()]
    parts = [figures(day, one) for day, several in campaigns.items() for one in several]
    with duckdb.connect() as connection:
        connection.register(
            "int_marketing__account_days", pa.Table.from_pylist(totals, schema=TOTALS)
        )
        connection.register(
            "int_marketing__campaign_days", pa.Table.from_pylist(parts, schema=TOTALS)
        )
        connection.register("int_marketing__slices", pa.Table.from_pylist(slices, schema=SLICES))
        rows = connection.sql(QUERY).to_arrow_table().to_pylist()
    return {row["account_day"]: row for row in rows}


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.sampled_from(DAYS), FIGURES, min_size=1),
    st.dictionaries(st.sampled_from(DAYS), st.lists(FIGURES, max_size=4)),
)
def test_campaigns_and_residual_add_up_to_the_account(
    accounts: dict[date, tuple[Any, ...]], campaigns: dict[date, list[tuple[Any, ...]]]
):
    found = residuals(accounts, campaigns, day_was_over=True)
    sums: dict[date, list[float]] = defaultdict(lambda: [0.0] * len(MEASURES))
    for day, several in campaigns.items():
        for one in several:
            sums[day] = [left + right for left, right in zip(sums[day], one, strict=True)]
    for day, account in accounts.items():
        rest = [found[day][name] if day in found else 0 for name in MEASURES]
        assert [left + right for left, right in zip(sums[day], rest, strict=True)] == list(account)
    assert found.keys() <= accounts.keys()


def test_where_nothing_is_missing_there_is_no_residual():
    account, campaigns = (30, 3, 900, 1.5), [(10, 1, 300, 0.5), (20, 2, 600, 1.0)]
    assert residuals({DAYS[0]: account}, {DAYS[0]: campaigns}, day_was_over=True) == {}


@pytest.mark.parametrize("campaigns", [[], [(10, 1, 300, 0.5)]])
def test_a_running_day_has_no_residual_because_its_levels_saw_two_moments(
    campaigns: list[tuple[Any, ...]],
):
    accounts = {DAYS[0]: (30, 3, 900, 1.5)}
    assert residuals(accounts, {DAYS[0]: campaigns}, day_was_over=False) == {}


def test_thirds_of_a_conversion_leave_no_residual():
    campaigns = [(10, 1, 300, 1 / 3), (10, 1, 300, 1 / 3), (10, 1, 300, 1 / 3)]
    assert residuals({DAYS[0]: (30, 3, 900, 1.0)}, {DAYS[0]: campaigns}, day_was_over=True) == {}
