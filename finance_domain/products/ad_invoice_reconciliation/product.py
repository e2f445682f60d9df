"""The product finance/ad_invoice_reconciliation: candidate, audit, publish.

Belongs here: its excerpt and its chart. Does not: SQL (dbt), meaning (the contract).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from finance_domain.policies import FINANCE
from shared_policies.governance.publishing import product_asset

if TYPE_CHECKING:
    import dagster as dg

FOLDER = Path(__file__).parent
EXCERPT = """
    select
        month,
        platform,
        account_id,
        platform_cost_micros / 1000000 as cost,
        billed_micros / 1000000 as billed,
        difference_micros / 1000000 as difference,
        currency,
        status
    from product
    order by month desc, platform, account_id
    limit 20
"""
PICTURE = {
    "Billed beyond the reported cost": """
        select
            platform || ' ' || account_id as series,
            month as day,
            difference_share as value
        from product
        where difference_share is not null
        order by series, day
    """
}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=FINANCE)
