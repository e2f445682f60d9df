"""When governance looks at what happened.

Belongs here: hours. Does not: what it does then.
"""

from __future__ import annotations

import dagster as dg

from shared_policies.platform.company import company_settings


def schedules() -> list[dg.ScheduleDefinition]:
    """By the hour: a refused audit materialises nothing, so no automation would notice it."""
    return [
        dg.ScheduleDefinition(
            name="governance_hourly_schedule",
            job=dg.define_asset_job(
                "governance_hourly",
                selection=dg.AssetSelection.all() | dg.AssetSelection.all_asset_checks(),
            ),
            cron_schedule="10 * * * *",
            execution_timezone=company_settings().reporting_time_zone,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Counts the audits of the last hour, refused ones included, measures all "
            "promises and writes the catalog.",
        )
    ]
