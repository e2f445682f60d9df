"""When marketing's sources are pulled and its products built once more.

Belongs here: hours, what is watched. Does not: how far back (landing), what runs after them
(automation).
"""

from __future__ import annotations

import dagster as dg

from marketing_domain import landing
from marketing_domain.connectors.surveys import connect
from marketing_domain.landing import surveys
from shared_policies.orchestration.discovery import sources_in
from shared_policies.orchestration.schedules import daily_catch_up, daily_pulls, pulled
from shared_policies.orchestration.watching import watched_folder


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


def sensors() -> list[dg.SensorDefinition]:
    if not surveys.SOURCE.choice.used:
        return []
    return [
        watched_folder(
            name="survey_files",
            selection=pulled([surveys.SOURCE]),
            look=connect,
            description="Lands survey files as soon as they are dropped, mended or taken away.",
        )
    ]
