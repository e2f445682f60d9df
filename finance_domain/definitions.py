"""Finance's code location. Wires, and does nothing else."""

from __future__ import annotations

import dagster as dg

from finance_domain import landing, products
from finance_domain.policies import FINANCE
from finance_domain.schedules import schedules
from shared_policies.governance.govern import govern
from shared_policies.orchestration.dbt import Models, dbt_models
from shared_policies.orchestration.discovery import products_in, sources_in
from shared_policies.orchestration.landing_assets import landing_assets
from shared_policies.orchestration.resources import resources

# Rates do not wait for the ledger, and the ledger's products not for marketing's.
RATES = dg.AssetSelection.key_substring("fx_rates").upstream()
PORTS = {"marketing/campaign_performance": 1, "marketing/ad_performance": 1}
SPEND = dg.AssetSelection.assets(*(port.split("/") for port in PORTS)).downstream()


@dg.definitions
def finance() -> dg.Definitions:
    """Everything finance owns, from its sources to its products."""
    sources = sources_in(landing)
    rates = Models(domain="finance", sources=sources, ports={}, select=RATES)
    books = Models(domain="finance", sources=sources, ports={}, exclude=RATES | SPEND)
    spend = Models(domain="finance", sources=(), ports=PORTS, select=SPEND)
    definitions = dg.Definitions(
        assets=[
            *landing_assets(sources),
            dbt_models(rates, name="finance_rates"),
            dbt_models(books, name="finance_ledger"),
            dbt_models(spend, name="finance_spend"),
            *products_in(products),
        ],
        schedules=schedules(),
        resources=resources("finance"),
    )
    return govern(definitions, domain="finance", pack=FINANCE)
