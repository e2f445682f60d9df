"""Surveys' streams as assets.

Belongs here: which connector, how many surveys at once, how far back a morning looks. Does not:
files, exports, columns.
"""

from __future__ import annotations

from marketing_domain.connectors.surveys import connect
from marketing_domain.connectors.surveys_streams import STREAMS
from marketing_domain.settings import chosen_sources
from shared_policies.orchestration.landing_assets import Source

# Somebody who began a survey may end it for two weeks. Files are watched, however old their days.
LOOKBACK_DAYS = 14 + 1
SOURCE = Source(
    domain="marketing",
    name="surveys",
    title="Surveys",
    streams=STREAMS,
    connect=connect,
    lookback_days=lambda: LOOKBACK_DAYS,
    threads=2,
    choice=chosen_sources().surveys,
)
