"""The product marketing/metric_definitions: candidate, audit, publish.

Belongs here: its excerpt. Does not: the definitions (metrics/), meaning (contract).
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
        platform,
        account_id,
        subject_name,
        aligned_verdict,
        coalesce(nullif(aligned_steps, ''), aligned_reason) as steps_or_reason,
        click_window_days,
        counting,
        credit_rule
    from product
    where canonical_metric_id is not null and platform <> 'canonical' and account_id <> ''
    order by is_aligned_source desc, platform, account_id, metric_id
    limit 20
"""
PICTURE: dict[str, str] = {}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=MARKETING)
