"""The scheduled daily run: yesterday and what may still change, as one run a source.

Belongs here: the requests. Does not: how far a source looks back (a domain's schedules.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from shared_policies.orchestration.partitions import daily
from shared_policies.platform.company import company_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from shared_policies.orchestration.landing_assets import Source

MORNING = "0 6 * * *"
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


def daily_pulls(sources: Sequence[Source]) -> list[dg.ScheduleDefinition]:
    """A daily run of every source that says itself how far it looks back."""
    return [
        daily_run(
            name=f"{source.name}_daily",
            selection=pulled([source]),
            lookback_days=source.lookback_days,
            at=MORNING,
            description=f"Pulls {source.title} for yesterday and all days that may still change.",
        )
        for source in sources
        if source.lookback_days is not None
    ]


def pulled(sources: Sequence[Source]) -> dg.AssetSelection:
    """All streams of `sources`."""
    return dg.AssetSelection.key_prefixes(*([one.domain, one.name] for one in sources))


def daily_run(
    *,
    name: str,
    selection: dg.AssetSelection,
    lookback_days: Callable[[], int],
    at: str,
    description: str,
) -> dg.ScheduleDefinition:
    """Every morning `at` (cron) in the reporting time zone: one run for all days due.

    `lookback_days` counts the days before today and is asked anew each morning. One run asks the
    platform once per account and stream, and every partition still gets its own materialisation.
    """
    job = dg.define_asset_job(name, selection=selection, description=description)

    @dg.schedule(
        name=f"{name}_schedule",
        job=job,
        cron_schedule=at,
        execution_timezone=company_settings().reporting_time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=description,
    )
    def schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        due = daily().get_partition_keys(current_time=context.scheduled_execution_time)
        days = due[-lookback_days() :]
        return dg.RunRequest(run_key=days[-1], tags=range_tags(days[0], days[-1]))

    return schedule


def daily_catch_up(
    *, name: str, selection: dg.AssetSelection, at: str, description: str
) -> dg.ScheduleDefinition:
    """Every morning `at` (cron): models and products once more, whatever woke them before.

    A pull that ends while they are being built is seen in the same tick as their own end, and
    automation then takes it for built. Models look at state, so a run too many changes nothing.
    """
    return dg.ScheduleDefinition(
        name=f"{name}_schedule",
        job=dg.define_asset_job(name, selection=selection, description=description),
        cron_schedule=at,
        execution_timezone=company_settings().reporting_time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=description,
    )


def range_tags(first_day: str, last_day: str) -> dict[str, str]:
    """The tags that make one run cover all partitions from `first_day` to `last_day`."""
    return {RANGE_START: first_day, RANGE_END: last_day}
