"""Finance's code location. Wires, and does nothing else."""

from __future__ import annotations

import dagster as dg

from finance_domain.landing import ecb
from finance_domain.policies import FINANCE
from finance_domain.products.fx_rates import product as fx_rates
from finance_domain.products.marketing_spend_by_month import product as spend_by_month
from finance_domain.schedules import schedules
from shared_policies.governance.govern import govern
from shared_policies.orchestration.dbt import Models, dbt_models
from shared_policies.orchestration.resources import resources

BY_MONTH = "marketing_spend_by_month"
RATES = Models(domain="finance", sources=(ecb.SOURCE,), ports={}, exclude=BY_MONTH)
SPEND = Models(
    domain="finance", sources=(), ports={"marketing/campaign_performance": 1}, select=BY_MONTH
)


@dg.definitions
def finance() -> dg.Definitions:
    """Everything finance owns, from its sources to its products."""
    definitions = dg.Definitions(
        assets=[
            *ecb.assets(),
            dbt_models(RATES, name="finance_rates"),
            dbt_models(SPEND, name="finance_spend"),
            fx_rates.asset(),
            spend_by_month.asset(),
        ],
        schedules=schedules(),
        resources=resources("finance"),
    )
    return govern(definitions, domain="finance", pack=FINANCE)
