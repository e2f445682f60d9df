"""Google Analytics' streams as assets.

Belongs here: which connector, how many properties at once, how far back a morning looks. Does not:
requests, columns.
"""

from __future__ import annotations

from marketing_domain.connectors.google_analytics import connect
from marketing_domain.connectors.google_analytics_reports import added_streams, configured_reports
from marketing_domain.connectors.google_analytics_streams import STREAMS
from marketing_domain.settings import chosen_sources
from shared_policies.orchestration.landing_assets import Source

# Google Analytics freezes its figures after 48 hours. A conversion is reported within a day, and
# the day itself has to be over.
LOOKBACK_DAYS = 2 + 2
SOURCE = Source(
    domain="marketing",
    name="google_analytics",
    title="Google Analytics",
    streams={**STREAMS, **added_streams(configured_reports())},
    connect=connect,
    lookback_days=lambda: LOOKBACK_DAYS,
    threads=2,
    choice=chosen_sources().google_analytics,
)
