"""The product marketing/ad_performance: candidate, audit, publish.

Belongs here: its excerpt and its chart. Does not: SQL (dbt), meaning (the contract).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from marketing_domain.policies import MARKETING
from shared_policies.governance.publishing import product_asset

if TYPE_CHECKING:
    import dagster as dg

FOLDER = Path(__file__).parent
EXCERPT = """
    select
        date_day,
        platform,
        account_name,
        campaign_name,
        ad_name,
        is_residual,
        spend,
        account_currency,
        clicks,
        conversions
    from product
    order by date_day desc, platform, spend desc
    limit 20
"""
PICTURE = {
    "Impressions by account day": """
        select
            platform as series,
            date_day as day,
            sum(impressions) as value
        from product
        where date_day > (select max(date_day) - 60 from product)
        group by platform, date_day
        order by platform, date_day
    """
}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=MARKETING)
