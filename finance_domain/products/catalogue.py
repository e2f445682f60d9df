"""Every product of the domain.

Belongs here: the list. Does not: anything about one product (its folder).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from finance_domain.products.ad_invoice_reconciliation import product as ad_invoice_reconciliation
from finance_domain.products.budget_pacing import product as budget_pacing
from finance_domain.products.fx_rates import product as fx_rates
from finance_domain.products.marketing_profitability import product as marketing_profitability
from finance_domain.products.orders import product as orders
from finance_domain.products.revenue_by_client import product as revenue_by_client
from finance_domain.products.revenue_by_product import product as revenue_by_product

if TYPE_CHECKING:
    import dagster as dg

PRODUCTS = (
    ad_invoice_reconciliation,
    budget_pacing,
    fx_rates,
    marketing_profitability,
    orders,
    revenue_by_client,
    revenue_by_product,
)


def assets() -> list[dg.AssetsDefinition]:
    return [product.asset() for product in PRODUCTS]
