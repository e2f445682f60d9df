"""The product finance/fx_rates: candidate, audit, publish.

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
    select * from product
    where from_currency in ('USD', 'GBP', 'CHF', 'JPY', 'EUR')
    order by rate_date desc, from_currency
    limit 20
"""
PICTURE = {
    "Rates to the reporting currency": """
        select
            from_currency || ' to ' || to_currency as series,
            rate_date as day,
            rate as value
        from product
        where
            from_currency in ('USD', 'GBP', 'CHF')
            and rate_date > (select max(rate_date) - 60 from product)
        order by from_currency, rate_date
    """
}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=FINANCE)
