"""Deadlines are instants: right on every day, in every time zone, also when clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_policies.governance.service_levels.calendar_time import deadline, end_of, start_of

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",  # midnight itself is skipped, until 2018
    "America/Havana",  # midnight itself is repeated
    "Australia/Lord_Howe",  # changes by half an hour
    "Asia/Kathmandu",
    "Pacific/Apia",
    "UTC",
)
DAYS = st.dates(min_value=date(2012, 1, 1), max_value=date(2030, 12, 30))
QUARTER = timedelta(minutes=15)


def instants_around(day: date, hours: float = 60) -> list[datetime]:
    """Every quarter of an hour in UTC from well before `day` on."""
    first = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=16)
    return [first + QUARTER * step for step in range(int(hours * 4))]


@settings(deadline=None)
@given(day=DAYS, zone=st.sampled_from(ZONES))
def test_a_day_is_exactly_the_instants_that_a_calendar_on_the_wall_gives_it(day: date, zone: str):
    on_the_wall = [
        one for one in instants_around(day) if one.astimezone(ZoneInfo(zone)).date() == day
    ]
    assert start_of(day, time_zone=zone) == on_the_wall[0]
    assert end_of(day, time_zone=zone) == on_the_wall[-1] + QUARTER


@settings(deadline=None)
@given(day=DAYS, zone=st.sampled_from(ZONES), quarters=st.integers(min_value=0, max_value=96))
def test_a_deadline_is_the_last_instant_at_which_the_clock_on_the_wall_shows_it(
    day: date, zone: str, quarters: int
):
    wanted = datetime.combine(day + timedelta(days=1), time()) + quarters * QUARTER
    showing = [
        one
        for one in instants_around(day, hours=100)
        if one.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wanted
    ]
    found = deadline(day, quarters * QUARTER, time_zone=zone)
    if showing:
        assert found == showing[-1]
    else:  # the clock jumps over it: as late as if it had not been changed yet
        before = found - timedelta(hours=3)
        offset = before.astimezone(ZoneInfo(zone)).utcoffset()
        assert offset is not None
        assert found == (wanted - offset).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 28), datetime(2026, 3, 29, 7, tzinfo=UTC)),  # the clock went forward
        (date(2026, 7, 1), datetime(2026, 7, 2, 7, tzinfo=UTC)),
        (date(2026, 10, 24), datetime(2026, 10, 25, 8, tzinfo=UTC)),  # and back
        (date(2026, 12, 1), datetime(2026, 12, 2, 8, tzinfo=UTC)),
    ],
)
def test_nine_hours_after_the_day_is_nine_on_the_clock_in_every_season(
    day: date, expected: datetime
):
    assert deadline(day, timedelta(hours=9), time_zone="Europe/Berlin") == expected
