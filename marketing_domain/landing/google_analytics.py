"""Google Analytics' streams as assets.

Belongs here: which connector, how many properties at once. Does not: requests, columns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketing_domain.connectors.google_analytics import connect
from marketing_domain.connectors.google_analytics_streams import STREAMS
from shared_policies.orchestration.landing_assets import Source, landing_assets

if TYPE_CHECKING:
    import dagster as dg

SOURCE = Source(
    domain="marketing",
    name="google_analytics",
    title="Google Analytics",
    streams=STREAMS,
    connect=connect,
    threads=2,
)


def assets() -> list[dg.AssetsDefinition]:
    return landing_assets(SOURCE)
