"""When marketing's sources are pulled.

Belongs here: hours and lookbacks. Does not: what runs after them (automation).
"""

from __future__ import annotations

import dagster as dg

from shared_policies.orchestration.schedules import daily_catch_up, daily_run

# Google counts conversions for the longest window its conversion actions declare: 30 days here
# by default, at most 90. Meta freezes its figures after 28 days.
GOOGLE_ADS_LOOKBACK_DAYS = 30
FACEBOOK_ADS_LOOKBACK_DAYS = 28


def schedules() -> list[dg.ScheduleDefinition]:
    return [
        daily_run(
            name="google_ads_daily",
            selection=dg.AssetSelection.key_prefixes(["marketing", "google_ads"]),
            lookback_days=GOOGLE_ADS_LOOKBACK_DAYS,
            at="0 6 * * *",
            description="Pulls Google Ads for yesterday and all days that may still change.",
        ),
        daily_run(
            name="facebook_ads_daily",
            selection=dg.AssetSelection.key_prefixes(["marketing", "facebook_ads"]),
            lookback_days=FACEBOOK_ADS_LOOKBACK_DAYS,
            at="0 6 * * *",
            description="Pulls Meta for yesterday and all days that may still change.",
        ),
        daily_catch_up(
            name="marketing_catch_up",
            selection=dg.AssetSelection.all()
            - dg.AssetSelection.key_prefixes(["marketing", "google_ads"])
            - dg.AssetSelection.key_prefixes(["marketing", "facebook_ads"]),
            at="30 7 * * *",
            description="Builds and publishes once more, after all sources were pulled.",
        ),
    ]
