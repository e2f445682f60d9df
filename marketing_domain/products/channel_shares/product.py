"""The product marketing/channel_shares: candidate, audit, publish.

Belongs here: its excerpt and its chart. Does not: figures (candidates.py), meaning (the contract).
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
        month,
        channel,
        max(common_share) filter (where witness = 'claimed') as claimed,
        max(common_share) filter (where witness = 'observed') as observed,
        max(common_share) filter (where witness = 'survey') as survey,
        max(common_share_low) as survey_low,
        max(common_share_high) as survey_high,
        max(common_total) filter (where witness = 'survey') as people,
        max(claimed_verdict) as claimed_verdict,
        max(observed_verdict) as observed_verdict
    from product
    where channel in ('google_ads', 'facebook_ads')
    group by month, channel
    order by month desc, channel
    limit 20
"""
PICTURE: dict[str, str] = {
    "Share of Google among the two paid channels, by witness": """
        select
            witness as series,
            month as day,
            common_share as value
        from product
        where channel = 'google_ads' and common_share is not null
        order by witness, survey_id, month
    """
}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=MARKETING)
