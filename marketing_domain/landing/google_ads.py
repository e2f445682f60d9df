"""Google Ads' streams as assets.

Belongs here: which connector, how many accounts at once, how far back a morning looks. Does not:
requests, columns.
"""

from __future__ import annotations

from marketing_domain.connectors.google_ads import STREAMS, connect
from marketing_domain.connectors.google_ads_reports import added_streams, configured_reports
from marketing_domain.settings import chosen_sources
from shared_policies.orchestration.landing_assets import Source
from shared_policies.platform.company import data_settings
from shared_policies.platform.landing_store import LandingStore

# A conversion is reported within a day, and the day itself has to be over.
REPORTING_DAYS = 2
# Google's own default, for accounts of which no conversion action was landed yet.
DEFAULT_WINDOW_DAYS = 30


def lookback_days() -> int:
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
    return max(windows, default=DEFAULT_WINDOW_DAYS) + REPORTING_DAYS


SOURCE = Source(
    domain="marketing",
    name="google_ads",
    title="Google Ads",
    streams={**STREAMS, **added_streams(configured_reports())},
    connect=connect,
    threads=4,
    lookback_days=lookback_days,
    choice=chosen_sources().google_ads,
)
