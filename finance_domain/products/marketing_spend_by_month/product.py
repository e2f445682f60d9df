"""The product finance/marketing_spend_by_month: candidate, audit, publish.

Belongs here: its chart. Does not: SQL (dbt), meaning (the contract).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from shared_policies.governance.publishing import product_asset

if TYPE_CHECKING:
    import dagster as dg

FOLDER = Path(__file__).parent
PICTURE = {
    "Spend by month": """
        select
            platform || ' (' || reporting_currency || ')' as series,
            month as day,
            sum(spend_reporting_micros) / 1000000 as value
        from product
        group by platform, reporting_currency, month
        order by platform, month
    """
}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, picture=PICTURE)
