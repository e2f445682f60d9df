"""The product finance/orders: candidate, audit, publish.

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
        order_date,
        company_id,
        order_id,
        revenue_micros / 1000000 as revenue,
        currency,
        gross_profit_reporting_micros / 1000000 as gross_profit,
        reporting_currency,
        coalesce(google_ads_campaign_id, utm_id, utm_campaign) as observed_key
    from product
    order by ordered_at desc
    limit 20
"""
PICTURE = {
    "Booked revenue by day": """
        select
            company_id || ' (' || any_value(reporting_currency) || ')' as series,
            order_date as day,
            sum(revenue_reporting_micros) / 1000000 as value
        from product
        where order_date > (select max(order_date) - 60 from product)
        group by company_id, order_date
        order by company_id, order_date
    """
}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=FINANCE)
