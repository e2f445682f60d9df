"""The product marketing/web_observations: candidate, audit, publish.

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
        reporting_day,
        platform,
        campaign_name,
        google_analytics_state,
        sessions,
        key_event_purchases,
        adobe_analytics_state,
        visits,
        orders,
        purchases_verdict
    from product
    order by reporting_day desc, sessions desc nulls last
    limit 20
"""
PICTURE = {
    "Sessions and visits by reporting day": """
        select 'sessions (Google Analytics)' as series, reporting_day as day, sum(sessions) as value
        from product
        where google_analytics_state = 'complete'
        group by reporting_day
        union all
        select 'visits (Adobe Analytics)' as series, reporting_day as day, sum(visits) as value
        from product
        where adobe_analytics_state = 'complete'
        group by reporting_day
        order by series, day
    """
}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=MARKETING)
