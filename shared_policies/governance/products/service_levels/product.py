"""The product governance/service_levels: candidate, audit, publish, like every other product.

Belongs here: from ledger to candidate table, its excerpt and chart. Does not: the arithmetic
(service_levels), meaning (the contract), checks on other products (checks).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa

from shared_policies.governance.contracts.loading import load_contract
from shared_policies.governance.contracts.model import Contract
from shared_policies.governance.ledger import Ledger
from shared_policies.governance.publishing import CONTRACT_FILE, product_asset
from shared_policies.governance.service_levels.calendar_time import HOUR
from shared_policies.governance.service_levels.present import present_states
from shared_policies.governance.service_levels.sli import Measurement, Standing
from shared_policies.governance.service_levels.slo import PERIOD_DAYS, budget
from shared_policies.governance.service_levels.states import LevelState
from shared_policies.orchestration.keys import candidate_key
from shared_policies.platform import days
from shared_policies.platform.company import company_settings
from shared_policies.platform.errors import NotPublished
from shared_policies.platform.product_store import ProductStore
from shared_policies.platform.warehouse import Warehouse

FOLDER = Path(__file__).parent
SHOWN_DAYS = 60
# The first shown day has a budget of its own, and a deadline may lie days behind its day.
READ_DAYS = SHOWN_DAYS + PERIOD_DAYS + 15
SCHEMA = pa.schema(
    [
        ("domain", pa.string()),
        ("product", pa.string()),
        ("level", pa.string()),
        ("due_day", pa.date32()),
        ("due_at", pa.timestamp("us", tz="UTC")),
        ("standing", pa.string()),
        ("measured", pa.float64()),
        ("promised", pa.float64()),
        ("unit", pa.string()),
        ("target", pa.float64()),
        ("budget_spent_share", pa.float64()),
        ("is_over", pa.bool_()),
        ("observed", pa.string()),
        ("sandbox", pa.bool_()),
    ]
)
EXCERPT = """
    select domain, product, level, due_day, standing, budget_spent_share, observed
    from product
    where due_day >= (select max(due_day) - 1 from product)
    order by standing <> 'missed', due_day desc, domain, product, level
    limit 40
"""
PICTURE = {
    "Error budget spent": """
        select
            domain || '/' || product || ' ' || level as series,
            due_day as day,
            budget_spent_share as value
        from product
        where budget_spent_share > 0 and due_day > (select max(due_day) - 30 from product)
        order by domain, product, level, due_day
    """
}


def assets(contracts: Callable[[], Sequence[Contract]]) -> list[dg.AssetsDefinition]:
    """The candidate and the product; `contracts` of all domains are asked for at each run."""
    return [candidate(contracts), product_asset(FOLDER, excerpt=EXCERPT, picture=PICTURE)]


def candidate(contracts: Callable[[], Sequence[Contract]]) -> dg.AssetsDefinition:
    """The table that becomes the product if it passes its audit."""
    contract = load_contract(FOLDER / CONTRACT_FILE)

    @dg.asset(
        key=candidate_key(contract.domain, contract.product),
        group_name="governance_candidates",
        owners=[f"team:{contract.team}"],
        tags={"layer": "candidates"},
        kinds={"python", "duckdb"},
        description="What came of every promise, measured from the ledger of audits.",
        pool="governance_warehouse",
    )
    def service_levels(
        ledger: dg.ResourceParam[Ledger],
        product_store: dg.ResourceParam[ProductStore],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> dg.MaterializeResult[Any]:
        at, promised = days.now(), contracts()
        records = ledger.records(since=at - timedelta(days=READ_DAYS))
        table = service_level_table(
            present_states(promised, records, now=at, days=SHOWN_DAYS + PERIOD_DAYS),
            at=at,
            time_zone=company_settings().reporting_time_zone,
            is_sandbox=_any_is_sandbox(promised, product_store),
        )
        warehouse.store(f"candidates.{contract.product}", table)
        return dg.MaterializeResult(metadata={"dagster/row_count": table.num_rows})

    return service_levels


def service_level_table(
    states: Iterable[LevelState], *, at: datetime, time_zone: str, is_sandbox: bool
) -> pa.Table:
    """A row per measurement of the last `SHOWN_DAYS` days, the running one included.

    `at` is when they were measured. A day for which nothing was due has no row.
    """
    today = days.local_day(at, time_zone=time_zone)
    rows = [
        {**row, "is_over": row["due_day"] < today, "sandbox": is_sandbox}
        for state in states
        for row in _rows(state, at)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _rows(state: LevelState, at: datetime) -> Iterator[dict[str, Any]]:
    target = None if state.budget is None else state.budget.target
    for position, one in list(enumerate(state.measured, start=1))[-SHOWN_DAYS:]:
        if one.standing is Standing.NOT_APPLICABLE:
            continue
        so_far = state.measured[:position]
        yield {
            "domain": state.contract.domain,
            "product": state.contract.product,
            "level": state.level,
            "due_day": one.due_day,
            "due_at": one.due_at,
            "standing": one.standing.value,
            "measured": _until_now(one, at) if one.measured is None else one.measured,
            "promised": one.promised,
            "unit": one.unit,
            "target": target,
            "budget_spent_share": (
                None if target is None else float(budget(so_far, target=target).spent)
            ),
            "observed": one.observed,
        }


def _until_now(one: Measurement, at: datetime) -> float:
    """Of what has not come: the hours that it has taken so far, or no share at all."""
    if one.unit == "share":
        return 0.0
    due_for = timedelta(hours=one.promised or 0.0)
    return max(0.0, (at - (one.due_at - due_for)) / HOUR)


def _any_is_sandbox(contracts: Iterable[Contract], product_store: ProductStore) -> bool:
    """Whether what is measured is made up; a product that was never published is neither."""
    found = []
    for contract in contracts:
        try:
            version = product_store.current(contract.port, major_version=contract.major_version)
        except NotPublished:
            continue
        found.append(bool(version.details["sandbox"]))
    return any(found)
