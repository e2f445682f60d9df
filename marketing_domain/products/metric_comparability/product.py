"""The product marketing/metric_comparability: candidate, audit, publish.

Belongs here: its excerpt and its chart. Does not: the verdicts (metrics/), meaning (the contract).
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
        title,
        metric_id,
        other_title,
        other_metric_id,
        verdict,
        coalesce(nullif(concat_ws('; ', steps, other_steps), '; '), reason) as steps,
        reason
    from product
    where metric_id < other_metric_id and quantity in ('clicks', 'spend', 'impressions')
    order by quantity, verdict, metric_id
    limit 20
"""
PICTURE: dict[str, str] = {}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=MARKETING)
