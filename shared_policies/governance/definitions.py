"""Governance's own code location: what belongs to no domain. Wires, and does nothing else.

It reads contracts from the installed packages and facts from ledger and store, never another code
location, so it answers while any of them is down.
"""

from __future__ import annotations

import dagster as dg

from shared_policies.governance.catalog import assets as catalog
from shared_policies.governance.govern import govern
from shared_policies.governance.scorecard import product as scorecard
from shared_policies.platform.company import company_settings, data_settings
from shared_policies.platform.product_store import ProductStore
from shared_policies.platform.warehouse import Warehouse


@dg.definitions
def governance() -> dg.Definitions:
    """The memory of governance, and what it says of every product."""
    data = data_settings()
    definitions = dg.Definitions(
        assets=[*scorecard.assets(), catalog.asset()],
        schedules=[hourly()],
        resources={
            "product_store": ProductStore(data.products_url),
            "warehouse": Warehouse(data.warehouse_path("governance")),
        },
    )
    return govern(definitions, domain="governance")


def hourly() -> dg.ScheduleDefinition:
    """A refused audit materialises nothing, so no automation would notice it."""
    selection = dg.AssetSelection.all()
    return dg.ScheduleDefinition(
        name="governance_hourly_schedule",
        job=dg.define_asset_job("governance_hourly", selection=selection),
        cron_schedule="10 * * * *",
        execution_timezone=company_settings().reporting_time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Counts the audits of the last hour, refused ones included, and writes the "
        "catalog.",
    )
