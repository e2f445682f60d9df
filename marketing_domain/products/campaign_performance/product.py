"""The product marketing/campaign_performance: candidate, audit, publish.

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
        reporting_day,
        platform,
        campaign_name,
        spend_reporting_micros / 1000000 as spend,
        reporting_currency,
        clicks_destination,
        observed_sessions as sessions,
        claimed_purchases_click_through + coalesce(claimed_purchases_view_through, 0)
            as purchases_claimed,
        aligned_purchases as purchases_aligned,
        observed_purchases as purchases_observed
    from product
    where is_complete and delivery_state = 'reported'
    order by reporting_day desc, spend_reporting_micros desc
    limit 20
"""
PICTURE = {
    "Spend by reporting day": """
        select
            platform || ' (' || reporting_currency || ')' as series,
            reporting_day as day,
            sum(spend_reporting_micros) / 1000000 as value
        from product
        where reporting_day > (select max(reporting_day) - 60 from product)
        group by platform, reporting_currency, reporting_day
        order by platform, reporting_day
    """
}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=MARKETING)
