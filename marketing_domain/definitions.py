"""Marketing's code location. Wires, and does nothing else."""

from __future__ import annotations

import dagster as dg

from marketing_domain import landing, products
from marketing_domain.policies import MARKETING
from marketing_domain.schedules import schedules, sensors
from shared_policies.governance.govern import govern
from shared_policies.orchestration.dbt import Models, dbt_models
from shared_policies.orchestration.discovery import products_in, sources_in
from shared_policies.orchestration.landing_assets import landing_assets
from shared_policies.orchestration.resources import resources

# Nothing but what is held against the books waits for finance's orders.
AGAINST_BOOKS = dg.AssetSelection.assets(["finance", "orders"]).downstream(include_self=False)
RATES, BOOKS = {"finance/fx_rates": 1}, {"finance/fx_rates": 1, "finance/orders": 1}
BOOKED = Models(domain="marketing", sources=(), ports=BOOKS, select=AGAINST_BOOKS)


@dg.definitions
def marketing() -> dg.Definitions:
    """Everything marketing owns, from its sources to its products."""
    sources = sources_in(landing)
    models = Models(domain="marketing", sources=sources, ports=RATES, exclude=AGAINST_BOOKS)
    definitions = dg.Definitions(
        assets=[
            *landing_assets(sources),
            dbt_models(models, name="marketing_models"),
            dbt_models(BOOKED, name="marketing_booked"),
            *products_in(products),
        ],
        schedules=schedules(),
        sensors=sensors(),
        resources=resources("marketing"),
    )
    return govern(definitions, domain="marketing", pack=MARKETING)
