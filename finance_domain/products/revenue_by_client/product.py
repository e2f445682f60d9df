"""The product finance/revenue_by_client: candidate, audit, publish.

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
        company_id,
        client_kind,
        count(*) as clients,
        sum(revenue_reporting_micros) / 1000000 as revenue,
        any_value(reporting_currency) as reporting_currency
    from product
    group by month, company_id, client_kind
    order by month desc, revenue desc
    limit 20
"""
PICTURE = {
    "Revenue by kind of client": """
        select
            coalesce(client_kind, 'erased') as series,
            month as day,
            sum(revenue_reporting_micros) / 1000000 as value
        from product
        group by coalesce(client_kind, 'erased'), month
        order by series, day
    """
}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=FINANCE)
