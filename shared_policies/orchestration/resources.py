"""What every code location's assets are given.

Belongs here: the platform's stores as Dagster resources. Does not: their configuration.
"""

from __future__ import annotations

from typing import Any

import dagster as dg

from shared_policies.orchestration.dbt_project import Dbt
from shared_policies.platform.company import data_settings
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.product_store import ProductStore
from shared_policies.platform.warehouse import Warehouse


def resources(domain: str) -> dict[str, Any]:
    """Stores that open nothing before they are used, and dbt, which a run starts at its start."""
    data = data_settings()

    def dbt(_: dg.InitResourceContext) -> Dbt:
        found = Dbt(domain)
        found.start()
        return found

    return {
        "landing_store": LandingStore(data.landing_url),
        "product_store": ProductStore(data.products_url),
        "warehouse": Warehouse(data.warehouse_path(domain)),
        "dbt": dg.ResourceDefinition(dbt),
    }
