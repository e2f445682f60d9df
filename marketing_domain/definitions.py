"""Marketing's code location. Wires, and does nothing else."""

from __future__ import annotations

import dagster as dg

from marketing_domain.landing import facebook_ads, google_ads, google_analytics
from marketing_domain.policies import MARKETING
from marketing_domain.products import catalogue
from marketing_domain.schedules import schedules
from shared_policies.governance.govern import govern
from shared_policies.orchestration.dbt import Models, dbt_models
from shared_policies.orchestration.resources import resources

SOURCES = (google_ads, facebook_ads, google_analytics)
MODELS = Models(
    domain="marketing",
    sources=tuple(source.SOURCE for source in SOURCES),
    ports={"finance/fx_rates": 1},
)


@dg.definitions
def marketing() -> dg.Definitions:
    """Everything marketing owns, from its sources to its products."""
    definitions = dg.Definitions(
        assets=[
            *(asset for source in SOURCES for asset in source.assets()),
            dbt_models(MODELS, name="marketing_models"),
            *catalogue.assets(),
        ],
        schedules=schedules(),
        resources=resources("marketing"),
    )
    return govern(definitions, domain="marketing", pack=MARKETING)
