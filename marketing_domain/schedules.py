"""When marketing's sources are pulled and its products built once more.

Belongs here: hours. Does not: how far back (landing), what runs after them (automation).
"""

from __future__ import annotations

import dagster as dg

from marketing_domain import landing
from shared_policies.orchestration.discovery import sources_in
from shared_policies.orchestration.schedules import daily_catch_up, daily_pulls, pulled


def schedules() -> list[dg.ScheduleDefinition]:
    sources = sources_in(landing)
    return [
        *daily_pulls(sources),
        daily_catch_up(
            name="marketing_catch_up",
            selection=dg.AssetSelection.all() - pulled(sources),
            at="30 7 * * *",
            description="Builds and publishes once more, after all sources were pulled.",
        ),
    ]
