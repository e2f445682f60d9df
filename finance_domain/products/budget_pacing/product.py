"""The product finance/budget_pacing: candidate, audit, publish.

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
        channel,
        budget_reporting_micros / 1000000 as budget,
        spend_reporting_micros / 1000000 as spend,
        projected_spend_reporting_micros / 1000000 as projected,
        reporting_currency,
        status,
        is_alert
    from product
    order by month desc, channel
    limit 20
"""
PICTURE = {
    "Share of the budget that will be spent": """
        select
            channel as series,
            month as day,
            projected_share as value
        from product
        where projected_share is not null
        order by channel, month
    """
}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=FINANCE)
