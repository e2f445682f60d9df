"""The calendar that all domains share, so that partitions match across code locations.

Belongs here: the partitions definition. Does not: which of them a run covers (schedules).
"""

from __future__ import annotations

from functools import cache

import dagster as dg

from shared_policies.platform.company import company_settings
from shared_policies.platform.days import DayRange

FIRST_DAY = "2024-01-01"


@cache
def daily() -> dg.DailyPartitionsDefinition:
    """A partition of a landing asset is a calendar day of each account, by its own clock.

    One definition for all: a range over assets with different ones is split into several runs.
    """
    return dg.DailyPartitionsDefinition(
        start_date=FIRST_DAY, timezone=company_settings().reporting_time_zone
    )


def days_of(context: dg.AssetExecutionContext) -> DayRange:
    """The days that a run was asked for: one partition, or a range in a single run."""
    window = context.partition_time_window
    return DayRange(start=window.start.date(), end=window.end.date())
