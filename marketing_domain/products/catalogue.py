"""Every product of the domain, and every candidate that Python computes.

Belongs here: the list. Does not: anything about one product (its folder).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketing_domain.products.ad_performance import product as ad_performance
from marketing_domain.products.campaign_performance import product as campaign_performance
from marketing_domain.products.conversion_estimates import candidates as estimate_candidates
from marketing_domain.products.conversion_estimates import product as conversion_estimates
from marketing_domain.products.conversion_reconciliation import product as reconciliation
from marketing_domain.products.definition_changes import product as definition_changes
from marketing_domain.products.metric_comparability import product as metric_comparability
from marketing_domain.products.metric_definitions import candidates as metric_candidates
from marketing_domain.products.metric_definitions import product as metric_definitions
from marketing_domain.products.restatements import product as restatements
from marketing_domain.products.session_matching import product as session_matching

if TYPE_CHECKING:
    import dagster as dg

PRODUCTS = (
    ad_performance,
    campaign_performance,
    conversion_estimates,
    definition_changes,
    metric_comparability,
    metric_definitions,
    reconciliation,
    restatements,
    session_matching,
)


def assets() -> list[dg.AssetsDefinition]:
    """Every product of the domain, and the candidates that no dbt model computes."""
    computed = [metric_candidates.assets(), estimate_candidates.asset()]
    return [*computed, *(product.asset() for product in PRODUCTS)]
