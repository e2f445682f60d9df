"""The product marketing/pipeline: candidate, audit, publish.

Belongs here: its excerpt and its chart. Does not: SQL (dbt), meaning (the contract).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from marketing_domain.policies import MARKETING
from marketing_domain.settings import chosen_sources
from shared_policies.governance.publishing import product_asset

if TYPE_CHECKING:
    import dagster as dg

FOLDER = Path(__file__).parent
EXCERPT = """
    select
        platform,
        campaign_name,
        cohort_week,
        leads,
        opportunities,
        opportunities_won,
        amount_won_reporting_micros / 1000000 as won,
        amount_open_reporting_micros / 1000000 as still_open,
        reporting_currency,
        is_final
    from product
    order by cohort_week desc, leads desc
    limit 20
"""
PICTURE = {
    "Leads by the week of their creation": """
        select platform as series, cohort_week as day, sum(leads) as value
        from product
        group by platform, cohort_week
        order by platform, cohort_week
    """
}


def asset() -> dg.AssetsDefinition:
    return product_asset(
        FOLDER,
        excerpt=EXCERPT,
        picture=PICTURE,
        pack=MARKETING,
        idle=chosen_sources().salesforce.why_idle("Salesforce"),
    )
