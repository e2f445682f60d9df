"""The product finance/revenue_by_product: candidate, audit, publish.

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
        product_name,
        sum(quantity_sold) as sold,
        sum(revenue_reporting_micros) / 1000000 as revenue,
        sum(gross_profit_reporting_micros) / 1000000 as gross_profit,
        sum(gross_profit_reporting_micros) / nullif(sum(revenue_reporting_micros), 0) as margin,
        any_value(reporting_currency) as reporting_currency
    from product
    group by month, product_name
    order by month desc, gross_profit desc
    limit 20
"""
PICTURE = {
    "Gross profit by product": """
        select
            coalesce(product_name, product_id) as series,
            month as day,
            sum(gross_profit_reporting_micros) / 1000000 as value
        from product
        group by coalesce(product_name, product_id), month
        order by series, day
    """
}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=FINANCE)
