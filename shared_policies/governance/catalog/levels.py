"""How the promises of a contract stand, in the catalog's words.

Belongs here: a product's service levels and budgets as plain values. Does not: measuring
(service_levels).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.catalog.entries import LevelEntry
from shared_policies.governance.service_levels.sli import History, Standing, measurements
from shared_policies.governance.service_levels.slo import PERIOD_DAYS, Burning, budget

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared_policies.governance.contracts.model import Contract, ServiceLevel
    from shared_policies.governance.ledger import AuditRecord
    from shared_policies.governance.service_levels.sli import Measurement

BURNING_WORDS = {
    Burning.WHOLE: "nothing missed",
    Burning.TOUCHED: "within budget",
    Burning.SLOWLY: "budget is being used up",
    Burning.FAST: "budget is being used up fast",
    Burning.EXHAUSTED: "budget exhausted",
}


def standing_levels(
    contract: Contract, records: Sequence[AuditRecord], *, now: datetime, time_zone: str
) -> tuple[LevelEntry, ...]:
    """Each promise with the share of decided days of the last `PERIOD_DAYS` on which it was kept.

    `records` are the product's audits. Promises that no audit can show (retention, erasure) stand
    without a figure.
    """
    if not records:
        return tuple(_entry(level, []) for level in contract.service_levels.values())
    history = History.of(contract, records, now=now, since=records[0].at, time_zone=time_zone)
    measured = measurements(history, days=PERIOD_DAYS)
    return tuple(
        _entry(level, [one for one in measured if one.level == name])
        for name, level in contract.service_levels.items()
    )


def _entry(level: ServiceLevel, measured: Sequence[Measurement]) -> LevelEntry:
    decided = [one for one in measured if one.standing in {Standing.KEPT, Standing.MISSED}]
    kept = sum(one.standing is Standing.KEPT for one in decided)
    left, words = _budget_left(level, measured) if decided else (None, "not measured yet")
    return LevelEntry(
        name=level.name,
        promise=level.value,
        description=level.description,
        target=level.target,
        reached=kept / len(decided) if decided else None,
        budget_left=left,
        state=words,
    )


def _budget_left(level: ServiceLevel, measured: Sequence[Measurement]) -> tuple[float | None, str]:
    if level.target is None:
        return None, "no target"
    spending = budget(measured, target=level.target)
    return float(1 - spending.spent), BURNING_WORDS[spending.burning]
