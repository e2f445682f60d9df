"""A contract's latency as Dagster's own freshness policy.

Belongs here: the translation. Does not: measuring by due day (sli), which stands beside it,
because Dagster looks at the last materialisation only: one old day published again turns it green,
and what was never materialised is unknown, never late.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import dagster as dg

from shared_policies.governance.service_levels.calendar_time import ONE_DAY
from shared_policies.platform.company import company_settings

if TYPE_CHECKING:
    from shared_policies.governance.contracts.model import Contract

ONE_MINUTE = timedelta(minutes=1)


def freshness_policy(contract: Contract) -> dg.FreshnessPolicy:
    """Published anew between midnight and the hour that the contract names, every day.

    The hour is the reporting time zone's. Without a latency the promised freshness counts alone.

    Raises:
        ValueError: the contract promises neither.
    """
    levels = contract.service_levels
    if "latency" in levels:
        zone = company_settings().reporting_time_zone
        return _by_the_hour(levels["latency"].duration, zone)
    if "freshness" in levels:
        return dg.FreshnessPolicy.time_window(fail_window=levels["freshness"].duration)
    raise ValueError(
        f"{contract.port} promises neither latency nor freshness, so Dagster cannot say when it is "
        "late. Add slaProperties latency to its contract."
    )


@cache  # Dagster walks through a thousand deadlines to check one
def _by_the_hour(latency: timedelta, zone: str) -> dg.FreshnessPolicy:
    # Whole days of latency move the day that is due, not the hour; seconds round up.
    minutes = -(-latency // ONE_MINUTE) % (ONE_DAY // ONE_MINUTE)
    since_midnight = timedelta(minutes=minutes)
    return dg.FreshnessPolicy.cron(
        deadline_cron=f"{minutes % 60} {minutes // 60} * * *",
        # A promise for midnight itself: the whole day before is early enough.
        lower_bound_delta=since_midnight or ONE_DAY,
        timezone=zone,
    )
