"""The product marketing/conversion_reconciliation: candidate, audit, publish.

Belongs here: its excerpt and its chart. Does not: SQL (dbt), meaning (the contract).
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
        platform,
        campaign_name,
        week,
        event,
        claimed,
        aligned,
        observed,
        booked,
        cause_view_through,
        cause_window,
        cause_missing_utm,
        cause_consent,
        cause_unexplained
    from product
    where is_complete
    order by week desc, claimed desc
    limit 20
"""
PICTURE: dict[str, str] = {}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=MARKETING)
