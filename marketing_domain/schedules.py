"""When marketing's sources are pulled, and how far back.

Belongs here: hours and lookbacks. Does not: what runs after them (automation).
"""

from __future__ import annotations

import dagster as dg

from shared_policies.orchestration.schedules import daily_catch_up, daily_run
from shared_policies.platform.company import data_settings
from shared_policies.platform.landing_store import LandingStore

SOURCES = ("google_ads", "facebook_ads", "google_analytics")
# A conversion is reported within a day, and the day itself has to be over.
REPORTING_DAYS = 2
# Google's own default, for accounts of which no conversion action was landed yet.
GOOGLE_ADS_DEFAULT_WINDOW_DAYS = 30
# Meta freezes its figures after 28 days, Google Analytics after 48 hours.
FACEBOOK_ADS_LOOKBACK_DAYS = 28 + REPORTING_DAYS
GOOGLE_ANALYTICS_LOOKBACK_DAYS = 2 + REPORTING_DAYS


def google_ads_lookback_days() -> int:
    """The longest conversion window that any conversion action declares (at most 90 days).

    Read from the settings as they were last landed, so that a window made longer is followed
    the next morning.
    """
    landing_store = LandingStore(data_settings().landing_url)
    windows = [
        int(row["click_window_days"] or 0)
        for account_id in landing_store.accounts("google_ads", "conversion_action")
        for row in landing_store.sample(
            landing_store.latest("google_ads", "conversion_action", account_id).values()
        ).to_pylist()
    ]
    return max(windows, default=GOOGLE_ADS_DEFAULT_WINDOW_DAYS) + REPORTING_DAYS


def schedules() -> list[dg.ScheduleDefinition]:
    pulled = dg.AssetSelection.key_prefixes(*(["marketing", name] for name in SOURCES))
    return [
        daily_run(
            name="google_ads_daily",
            selection=dg.AssetSelection.key_prefixes(["marketing", "google_ads"]),
            lookback_days=google_ads_lookback_days,
            at="0 6 * * *",
            description="Pulls Google Ads for yesterday and all days that may still change.",
        ),
        daily_run(
            name="facebook_ads_daily",
            selection=dg.AssetSelection.key_prefixes(["marketing", "facebook_ads"]),
            lookback_days=lambda: FACEBOOK_ADS_LOOKBACK_DAYS,
            at="0 6 * * *",
            description="Pulls Meta for yesterday and all days that may still change.",
        ),
        daily_run(
            name="google_analytics_daily",
            selection=dg.AssetSelection.key_prefixes(["marketing", "google_analytics"]),
            lookback_days=lambda: GOOGLE_ANALYTICS_LOOKBACK_DAYS,
            at="0 6 * * *",
            description="Pulls Google Analytics for yesterday and the days that may still change.",
        ),
        daily_catch_up(
            name="marketing_catch_up",
            selection=dg.AssetSelection.all() - pulled,
            at="30 7 * * *",
            description="Builds and publishes once more, after all sources were pulled.",
        ),
    ]
