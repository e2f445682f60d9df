"""Meta's streams as assets.

Belongs here: which connector, how many accounts at once, how far back a morning looks. Does not:
requests, columns.
"""

from __future__ import annotations

from marketing_domain.connectors.facebook_ads import STREAMS, connect
from marketing_domain.connectors.facebook_ads_reports import added_streams, configured_reports
from marketing_domain.settings import chosen_sources
from shared_policies.orchestration.landing_assets import Source

# Meta freezes its figures after 28 days. A conversion is reported within a day, and the day itself
# has to be over.
LOOKBACK_DAYS = 28 + 2
SOURCE = Source(
    domain="marketing",
    name="facebook_ads",
    title="Facebook Ads",
    streams={**STREAMS, **added_streams(configured_reports())},
    connect=connect,
    lookback_days=lambda: LOOKBACK_DAYS,
    threads=4,
    choice=chosen_sources().facebook_ads,
)
