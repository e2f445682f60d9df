"""The product marketing/campaign_taxonomy: candidate, audit, publish.

Belongs here: its excerpt and its chart. Does not: SQL (dbt), the convention (dbt's seeds), meaning
(the contract).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from marketing_domain.policies import MARKETING
from shared_policies.governance.publishing import product_asset

if TYPE_CHECKING:
    import dagster as dg

FOLDER = Path(__file__).parent
EXCERPT = """
    select
        campaign_owner,
        platform,
        account_name,
        campaign_name,
        market,
        channel,
        objective,
        funnel_stage,
        naming_problem
    from product
    order by is_conform, is_running desc, campaign_owner, platform, account_name, campaign_name
    limit 20
"""
PICTURE: dict[str, str] = {}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=MARKETING)
