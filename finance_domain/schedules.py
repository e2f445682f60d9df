"""When finance's sources are pulled.

Belongs here: hours and lookbacks. Does not: what runs after them (automation).
"""

from __future__ import annotations

import dagster as dg

from shared_policies.orchestration.schedules import daily_catch_up, daily_run

# Rates are not restated; a few days cover a morning on which nothing ran.
ECB_LOOKBACK_DAYS = 5


def schedules() -> list[dg.ScheduleDefinition]:
    return [
        daily_run(
            name="ecb_daily",
            selection=dg.AssetSelection.key_prefixes(["finance", "ecb"]),
            lookback_days=lambda: ECB_LOOKBACK_DAYS,
            at="30 5 * * *",
            description="Pulls the ECB's reference rates, before spend is converted with them.",
        ),
        daily_catch_up(
            name="finance_catch_up",
            selection=dg.AssetSelection.all() - dg.AssetSelection.key_prefixes(["finance", "ecb"]),
            at="45 7 * * *",
            description="Builds and publishes once more, after all sources were pulled.",
        ),
    ]
