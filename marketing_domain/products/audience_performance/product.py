"""The product marketing/audience_performance: candidate, audit, publish.

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
        campaign_name,
        breakdown,
        breakdown_value,
        impressions,
        clicks,
        spend_reporting_micros / 1000000 as spend,
        reporting_currency,
        claimed_conversions_click_through as conversions
    from product
    where not is_residual
    order by date_day desc, spend_reporting_micros desc
    limit 20
"""
PICTURE = {
    "Spend by device": """
        select
            coalesce(common_value, 'other') as series,
            date_day as day,
            sum(spend_reporting_micros) / 1000000 as value
        from product
        where date_day > (select max(date_day) - 60 from product)
            and breakdown = 'device'
        group by series, date_day
        order by series, date_day
    """
}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=MARKETING)
