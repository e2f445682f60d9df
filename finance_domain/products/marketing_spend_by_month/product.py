"""The product finance/marketing_spend_by_month: candidate, audit, publish.

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
        account_name,
        campaign_name,
        spend_reporting_micros / 1000000 as spend,
        reporting_currency,
        is_complete
    from product
    order by month desc, spend_reporting_micros desc
    limit 20
"""
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
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=FINANCE)
