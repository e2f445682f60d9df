"""The product marketing/brand_tracking: candidate, audit, publish.

Belongs here: its excerpt and its chart. Does not: figures (candidates.py), meaning (the contract).
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
        survey_title,
        period,
        question,
        measure,
        n,
        round(estimate, 2) as estimate,
        round(estimate_low, 2) as estimate_low,
        round(estimate_high, 2) as estimate_high,
        unit,
        state
    from product
    where period_kind = 'month' and segment = 'all'
    order by period desc, survey_title, measure = 'nps' desc, question, measure
    limit 20
"""
PICTURE: dict[str, str] = {
    "Share of promoters by month": """
        select
            survey_title as series,
            cast(period || '-01' as date) as day,
            estimate as value
        from product
        where
            period_kind = 'month'
            and segment = 'all'
            and measure = 'promoter_share'
            and state = 'published'
        order by survey_title, day
    """
}


def asset() -> dg.AssetsDefinition:
    return product_asset(
        FOLDER,
        excerpt=EXCERPT,
        picture=PICTURE,
        pack=MARKETING,
        idle=chosen_sources().surveys.why_idle("surveys"),
    )
