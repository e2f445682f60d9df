"""Marketing's code location. Wires, and does nothing else."""

from __future__ import annotations

import dagster as dg

from marketing_domain.landing import facebook_ads, google_ads
from marketing_domain.products.ad_performance import product as ad_performance
from marketing_domain.products.campaign_performance import product as campaign_performance
from marketing_domain.schedules import schedules
from shared_policies.governance.govern import govern
from shared_policies.orchestration.dbt import Models, dbt_models
from shared_policies.orchestration.resources import resources

MODELS = Models(
    domain="marketing",
    sources=(google_ads.SOURCE, facebook_ads.SOURCE),
    ports={"finance/fx_rates": 1},
)


@dg.definitions
def marketing() -> dg.Definitions:
    """Everything marketing owns, from its sources to its products."""
    definitions = dg.Definitions(
        assets=[
            *google_ads.assets(),
            *facebook_ads.assets(),
            dbt_models(MODELS, name="marketing_models"),
            campaign_performance.asset(),
            ad_performance.asset(),
        ],
        schedules=schedules(),
        resources=resources("marketing"),
    )
    return govern(definitions, domain="marketing")
