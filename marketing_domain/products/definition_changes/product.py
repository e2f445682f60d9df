"""The product marketing/definition_changes: candidate, audit, publish.

Belongs here: its excerpt and its chart. Does not: the ledger (metrics/), meaning (the contract).
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
    select changed_on, metric_id, account_id, subject_name, what, before, after
    from product
    order by account_id <> '' desc, changed_on desc
    limit 20
"""
PICTURE: dict[str, str] = {}


def asset() -> dg.AssetsDefinition:
    return product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE, pack=MARKETING)
