"""Ranges of days and the ends of days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_policies.platform.days import DayRange, day_is_over, local_day


def test_a_range_that_ends_before_it_starts_does_not_exist():
    with pytest.raises(ValueError, match="2026-03-01"):
        DayRange(start=date(2026, 3, 1), end=date(2026, 3, 1))


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(2, 400))
def test_the_halves_of_a_range_are_the_range(start: date, length: int):
    whole = DayRange(start=start, end=start + timedelta(days=length))
    earlier, later = whole.halves()
    assert [*earlier, *later] == list(whole)


def test_a_day_in_los_angeles_is_not_over_when_berlin_wakes_up():
    berlin_morning = datetime(2026, 11, 5, 5, tzinfo=UTC)
    assert day_is_over(date(2026, 11, 4), time_zone="Europe/Berlin", at=berlin_morning)
    assert not day_is_over(date(2026, 11, 4), time_zone="America/Los_Angeles", at=berlin_morning)


def test_the_day_of_the_clock_change_lasts_25_hours():
    last_minute = datetime(2026, 10, 25, 22, 59, tzinfo=UTC)
    assert not day_is_over(date(2026, 10, 25), time_zone="Europe/Berlin", at=last_minute)
    assert day_is_over(
        date(2026, 10, 25), time_zone="Europe/Berlin", at=last_minute + timedelta(minutes=1)
    )
    assert local_day(last_minute, time_zone="Europe/Berlin") == date(2026, 10, 25)
