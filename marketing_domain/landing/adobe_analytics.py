"""Adobe Analytics' streams as assets.

Belongs here: which connector, how many report suites at once, how far back a morning looks. Does
not: requests, columns.
"""

from __future__ import annotations

from marketing_domain.connectors.adobe_analytics import connect
from marketing_domain.connectors.adobe_analytics_streams import STREAMS
from marketing_domain.settings import chosen_sources
from shared_policies.orchestration.landing_assets import Source

# Adobe's own figures of a day stand the day after; hits that an app sends late arrive within
# another, and the day itself has to be over.
LOOKBACK_DAYS = 2 + 2
SOURCE = Source(
    domain="marketing",
    name="adobe_analytics",
    title="Adobe Analytics",
    streams=STREAMS,
    connect=connect,
    lookback_days=lambda: LOOKBACK_DAYS,
    # All suites share one quota: more at once would only wait for each other.
    threads=1,
    choice=chosen_sources().adobe_analytics,
)
