"""The product finance/marketing_profitability: candidate, audit, publish.

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
        coalesce(campaign_name, unattributed_reason) as what,
        spend_reporting_micros / 1000000 as spend,
        revenue_reporting_micros / 1000000 as revenue,
        contribution_reporting_micros / 1000000 as contribution,
        profit_on_ad_spend,
        is_complete
    from product
    order by month desc, contribution_reporting_micros desc
    limit 20
"""
PICTURE = {
    "Contribution after marketing": """
        select
            case when platform = '' then 'unattributed' else platform end as series,
            month as day,
            sum(contribution_reporting_micros) / 1000000 as value
        from product
        group by platform, month
        order by series, day
    """
}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=FINANCE)
