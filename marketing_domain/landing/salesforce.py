"""Salesforce's objects as assets.

Belongs here: which connector, how far back a morning looks. Does not: requests, columns.
"""

from __future__ import annotations

from marketing_domain.connectors.salesforce import connect
from marketing_domain.connectors.salesforce_streams import STREAMS
from marketing_domain.settings import chosen_sources
from shared_policies.orchestration.landing_assets import Source

# A change is seen on the day on which it was made. Two days more, for clocks and for records that
# were being written while they were read; what lies further back is there since it changed.
LOOKBACK_DAYS = 3
SOURCE = Source(
    domain="marketing",
    name="salesforce",
    title="Salesforce",
    streams=STREAMS,
    connect=connect,
    lookback_days=lambda: LOOKBACK_DAYS,
    threads=1,
    choice=chosen_sources().salesforce,
)
