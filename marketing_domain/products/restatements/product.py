"""The product marketing/restatements: candidate, audit, publish.

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
        account_day,
        campaign_id,
        known_from,
        age_days,
        claimed_conversions,
        change_of_claimed_conversions,
        change_of_spend_account_micros / 1000000 as change_of_spend,
        account_currency
    from product
    order by known_from desc, abs(change_of_claimed_conversions) desc
    limit 20
"""
PICTURE: dict[str, str] = {}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=MARKETING)
