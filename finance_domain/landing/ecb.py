"""The ECB's reference rates as an asset.

Belongs here: which connector, how many earlier days a day stands on. Does not: requests, columns.
"""

from __future__ import annotations

from finance_domain.connectors.ecb import FRANKFURT, STREAMS, connect
from shared_policies.orchestration.landing_assets import Source

SOURCE = Source(
    domain="finance",
    name="ecb",
    title="the European Central Bank",
    streams=STREAMS,
    connect=connect,
    threads=1,
    # Carried at most a week: without its Friday, a Sunday has no rate.
    lead_days=7,
)

ACCOUNT_ID = FRANKFURT.account_id
