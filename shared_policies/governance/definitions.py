"""Governance's own code location: what belongs to no domain. Wires, and does nothing else.

It reads contracts from the installed packages and facts from ledger and store, never another code
location, so it answers while any of them is down.
"""

from __future__ import annotations

import dagster as dg

from shared_policies.governance.alerts.sensor import clock_sensor
from shared_policies.governance.catalog import assets as catalog
from shared_policies.governance.contracts.installed import readable_contracts
from shared_policies.governance.govern import govern
from shared_policies.governance.housekeeping import housekeeping, housekeeping_schedule
from shared_policies.governance.products.scorecard import product as scorecard
from shared_policies.governance.products.service_levels import product as service_levels
from shared_policies.governance.products.service_levels.checks import service_level_checks
from shared_policies.governance.schedules import schedules
from shared_policies.governance.waivers import installed_waivers
from shared_policies.platform.company import data_settings
from shared_policies.platform.product_store import ProductStore
from shared_policies.platform.warehouse import Warehouse


@dg.definitions
def governance() -> dg.Definitions:
    """The memory of governance, and what it says of every product."""
    data = data_settings()
    definitions = dg.Definitions(
        assets=[
            *scorecard.assets(readable_contracts),
            *service_levels.assets(readable_contracts),
            catalog.asset(),
        ],
        asset_checks=[service_level_checks(readable_contracts)],
        jobs=[housekeeping],
        schedules=[*schedules(), housekeeping_schedule()],
        sensors=[clock_sensor(readable_contracts, installed_waivers)],
        resources={
            "product_store": ProductStore(data.products_url),
            "warehouse": Warehouse(data.warehouse_path("governance")),
        },
    )
    return govern(definitions, domain="governance")
