"""The product marketing/conversion_estimates: candidate, audit, publish.

Belongs here: its excerpt. Does not: the method (metrics/maturity.py), meaning (contract).
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
        account_id,
        account_day,
        campaign_id,
        age_days,
        known_conversions,
        estimated_conversions,
        estimated_low,
        estimated_high,
        backtest_coverage
    from product
    order by account_day desc, estimated_conversions desc
    limit 20
"""
PICTURE: dict[str, str] = {}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=MARKETING)
