"""The product governance/scorecard: candidate, audit, publish, like every other product.

Belongs here: from ledger to candidate table, its excerpt and chart. Does not: the arithmetic
(rows), meaning (the contract).
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa

from shared_policies.governance.contracts.loading import load_contract
from shared_policies.governance.contracts.model import Contract
from shared_policies.governance.ledger import Ledger
from shared_policies.governance.products.scorecard.rows import Score, scores
from shared_policies.governance.publishing import CONTRACT_FILE, product_asset
from shared_policies.governance.service_levels.present import present_states
from shared_policies.orchestration.keys import candidate_key
from shared_policies.platform.company import company_settings
from shared_policies.platform.days import local_day, now
from shared_policies.platform.errors import NotPublished
from shared_policies.platform.product_store import ProductStore
from shared_policies.platform.warehouse import Warehouse

FOLDER = Path(__file__).parent
SHOWN_DAYS = 400
SCHEMA = pa.schema(
    [
        ("domain", pa.string()),
        ("product", pa.string()),
        ("dimension", pa.string()),
        ("day", pa.date32()),
        ("state", pa.string()),
        ("audits", pa.int64()),
        ("published", pa.int64()),
        ("judged", pa.int64()),
        ("kept", pa.int64()),
        ("warned", pa.int64()),
        ("failed", pa.int64()),
        ("waived", pa.int64()),
        ("undecided", pa.int64()),
        ("share_kept", pa.float64()),
        ("policies", pa.string()),
        ("failing_since", pa.date32()),
        ("sandbox", pa.bool_()),
    ]
)
EXCERPT = """
    select domain, product, dimension, state, share_kept, policies, failing_since
    from product
    where day = (select max(day) from product)
    order by state in ('kept', 'not_applicable'), domain, product, dimension
    limit 40
"""
PICTURE = {
    "Verdicts that failed": """
        select domain || '/' || product as series, day, sum(failed + undecided) as value
        from product
        where day > (select max(day) - 30 from product)
        group by domain, product, day
        order by domain, product, day
    """
}


def assets(contracts: Callable[[], Sequence[Contract]]) -> list[dg.AssetsDefinition]:
    """The candidate and the product; `contracts` of all domains are asked for at each run."""
    return [candidate(contracts), product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE)]


def candidate(contracts: Callable[[], Sequence[Contract]]) -> dg.AssetsDefinition:
    """The table that becomes the scorecard if it passes its audit."""
    contract = load_contract(FOLDER / CONTRACT_FILE)

    @dg.asset(
        key=candidate_key(contract.domain, contract.product),
        group_name="governance_candidates",
        owners=[f"team:{contract.team}"],
        tags={"layer": "candidates"},
        kinds={"python", "duckdb"},
        description="How well every product kept its promises, counted from the ledger of audits.",
        pool="governance_warehouse",
    )
    def scorecard(
        ledger: dg.ResourceParam[Ledger],
        product_store: dg.ResourceParam[ProductStore],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> dg.MaterializeResult[Any]:
        table = scorecard_table(contracts(), ledger, product_store, at=now())
        warehouse.store(f"candidates.{contract.product}", table)
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": table.num_rows,
                "ledger heads": dg.MetadataValue.json(
                    {port: asdict(head) for port, head in ledger.heads().items()}
                ),
                "ledger breaks": dg.MetadataValue.md(_listed(ledger)),
            }
        )

    return scorecard


def scorecard_table(
    contracts: Sequence[Contract], ledger: Ledger, product_store: ProductStore, *, at: datetime
) -> pa.Table:
    """Every score of the last `SHOWN_DAYS` before `at`; the ledger keeps the older records."""
    zone = company_settings().reporting_time_zone
    records = ledger.records(since=at - timedelta(days=SHOWN_DAYS))
    states = present_states(contracts, records, now=at, days=SHOWN_DAYS)
    found = scores(
        records,
        ports=[one.port for one in contracts],
        measured=[one for state in states for one in state.measured],
        today=local_day(at, time_zone=zone),
        time_zone=zone,
    )
    is_sandbox = any(_is_sandbox(one, product_store) for one in contracts)
    rows = [{**_as_row(score), "sandbox": is_sandbox} for score in found]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _as_row(score: Score) -> dict[str, Any]:
    return {
        **asdict(score),
        "share_kept": score.share_kept,
        "policies": ", ".join(score.policies),
    }


def _is_sandbox(contract: Contract, product_store: ProductStore) -> bool:
    """Whether what was audited is made up; a product that was never published is not."""
    try:
        version = product_store.current(contract.port, major_version=contract.major_version)
    except NotPublished:
        return False
    return bool(version.details["sandbox"])


def _listed(ledger: Ledger) -> str:
    return "\n".join(f"- {one}" for one in ledger.verify()) or "None: every record is as written."
