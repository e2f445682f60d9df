"""The product marketing/session_matching: candidate, audit, publish.

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
        sum(spend_matched_reporting_micros) / nullif(
            sum(
                spend_matched_reporting_micros + spend_unmatched_reporting_micros
                + spend_unobserved_reporting_micros
            ), 0
        ) as match_rate,
        sum(spend_unmatched_reporting_micros) / 1000000 as spend_unmatched,
        any_value(reporting_currency) as currency,
        sum(sessions_matched) as sessions_matched,
        sum(sessions_unmatched) as paid_sessions_unmatched,
        sum(sessions_matched) / nullif(
            sum(clicks_destination) filter (where observed_state in ('reported', 'zero')), 0
        ) as sessions_per_click
    from product
    group by platform
    order by platform
"""
PICTURE: dict[str, str] = {
    "Sessions per click by day": """
        select
            platform as series,
            reporting_day as day,
            coalesce(sum(sessions_matched) / nullif(sum(clicks_destination), 0), 0) as value
        from product
        where
            platform <> 'other'
            and observed_state in ('reported', 'zero')
            and reporting_day > (select max(reporting_day) - 60 from product)
        group by platform, reporting_day
        order by platform, reporting_day
    """
}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=MARKETING)
