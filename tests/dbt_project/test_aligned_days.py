"""An account's day is shared out among the company's days by clicks, and nothing is lost."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from datetime import date, datetime
from zoneinfo import ZoneInfo

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dbt_project.test_finance_models import rendered

QUERY = rendered("int_marketing__aligned_days")
BERLIN = ZoneInfo("Europe/Berlin")
TABLES = """
    set timezone = 'UTC';
    create table int_marketing__accounts as select 'p' as platform, '1' as account_id,
        $zone as account_time_zone;
    create table int_marketing__aligned_conversions as select 'p' as platform, '1' as account_id,
        cast($day as date) as account_day, 'c' as campaign_id, 'purchase' as event,
        cast($conversions as double) as conversions, cast($micros as bigint) as value_micros;
    create table int_marketing__campaign_hours as select 'p' as platform, '1' as account_id,
        'c' as campaign_id, cast($day as date) as account_day,
        unnest(range(24)) as hour_of_day, unnest($clicks) as clicks_destination;
"""


@settings(max_examples=40, deadline=None)
@given(
    # Of the second day Berlin's clocks change; Tokyo's never do.
    day=st.sampled_from((date(2026, 10, 1), date(2026, 10, 24))),
    zone=st.sampled_from(("Asia/Tokyo", "America/Los_Angeles", "Europe/Berlin")),
    clicks=st.lists(st.integers(0, 50), min_size=24, max_size=24),
    conversions=st.integers(1, 500),
    micros=st.integers(0, 10**12),
)
def test_shares_follow_the_clicks_and_add_up_to_the_day(
    day: date, zone: str, clicks: list[int], conversions: int, micros: int
):
    weights: dict[date, int] = defaultdict(int)
    for hour, count in enumerate(clicks):
        begins = datetime.combine(day, dt.time(hour), tzinfo=ZoneInfo(zone))
        weights[begins.astimezone(BERLIN).date()] += count if any(clicks) else 1
    values = {"zone": zone, "day": day, "conversions": conversions, "micros": micros}
    with duckdb.connect() as connection:
        for statement in TABLES.strip().split(";")[:-1]:
            asked = {**values, "clicks": clicks}
            used = {name: asked[name] for name in asked if f"${name}" in statement}
            connection.execute(statement, used)
        rows = connection.sql(QUERY).to_arrow_table().to_pylist()
    found = {row["reporting_day"]: row for row in rows}
    assert found.keys() == {one for one, weight in weights.items() if weight}
    assert sum(row["value_micros"] for row in rows) == micros
    for one, row in found.items():
        share = weights[one] / sum(weights.values())
        assert abs(row["conversions"] - conversions * share) < 1e-6
        assert abs(row["value_micros"] - micros * share) <= 1.01
