"""The product marketing/campaign_hierarchy: candidate, audit, publish.

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
        valid_from,
        valid_to,
        platform,
        entity_level,
        entity_id,
        entity_name,
        status
    from product
    order by version_number desc, valid_from desc, platform, entity_level, entity_id
    limit 20
"""
PICTURE = {
    "Things by the day on which they were first listed so": """
        select
            platform as series,
            valid_from as day,
            count(*) as value
        from product
        group by platform, valid_from
        order by platform, valid_from
    """
}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=MARKETING)
