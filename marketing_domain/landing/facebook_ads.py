"""Meta's streams as assets.

Belongs here: which connector, how many accounts at once. Does not: requests, columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketing_domain.connectors.facebook_ads import connect
from marketing_domain.connectors.facebook_ads_streams import STREAMS
from shared_policies.orchestration.landing_assets import Source, landing_assets

if TYPE_CHECKING:
    import dagster as dg

SOURCE = Source(
    domain="marketing",
    name="facebook_ads",
    title="Facebook Ads",
    streams=STREAMS,
    connect=connect,
    threads=4,
)


def assets() -> list[dg.AssetsDefinition]:
    return landing_assets(SOURCE)
