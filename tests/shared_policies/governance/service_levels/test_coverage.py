"""Which audited tables hold which day."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_policies.governance.service_levels.coverage import MONTH, WEEK, covers, last_period
from tests.shared_policies.governance.service_levels.promises import BERLIN, audited, contract

DAYS = st.dates(min_value=date(2020, 1, 31), max_value=date(2030, 12, 31))


@pytest.mark.parametrize(
    ("unit", "day", "expected"),
    [
        ("day", date(2026, 11, 4), date(2026, 11, 4)),
        (WEEK, date(2026, 11, 4), date(2026, 10, 26)),  # a Wednesday: the week before
        (WEEK, date(2026, 11, 8), date(2026, 11, 2)),  # a Sunday ends its own week
        (MONTH, date(2026, 11, 29), date(2026, 10, 1)),
        (MONTH, date(2026, 11, 30), date(2026, 11, 1)),
        (MONTH, date(2028, 2, 29), date(2028, 2, 1)),
    ],
)
def test_of_a_running_week_or_month_nothing_is_due(unit: str, day: date, expected: date):
    assert last_period(day, unit) == expected


@settings(deadline=None)
@given(day=DAYS, unit=st.sampled_from(["day", WEEK, MONTH]))
def test_the_period_that_is_due_was_over_and_never_lies_in_the_future(day: date, unit: str):
    due = last_period(day, unit)
    assert due <= day
    assert last_period(due, unit) <= due
    # The day after the period's last one begins another period.
    assert {"day": True, WEEK: due.weekday() == 0, MONTH: due.day == 1}[unit]


def test_a_monthly_table_is_not_late_while_the_month_runs():
    monthly = contract(unit=MONTH, latency="P1DT9H")
    october = audited("2026-11-04 07:00", through="2026-10-01")
    september = audited("2026-11-04 07:00", through="2026-09-01")
    assert covers(october, date(2026, 11, 3), monthly, time_zone=BERLIN)
    assert not covers(september, date(2026, 11, 3), monthly, time_zone=BERLIN)
    assert not covers(october, date(2026, 11, 30), monthly, time_zone=BERLIN)


def test_a_table_without_days_holds_what_was_known_when_it_was_audited():
    definitions = contract(element=None, latency="PT9H")
    evening, morning = audited("2026-11-03 22:59"), audited("2026-11-03 23:00")
    assert not covers(evening, date(2026, 11, 3), definitions, time_zone=BERLIN)
    assert covers(morning, date(2026, 11, 3), definitions, time_zone=BERLIN)


def test_a_table_that_says_nothing_of_its_days_holds_none():
    silent = audited("2026-11-04 07:00", through=None)
    assert not covers(silent, date(2026, 11, 3), contract(latency="PT9H"), time_zone=BERLIN)
