"""How every promise of every product stands now: what checks, alerts and pages show.

Belongs here: measurements and budget of a level together, and whether it is broken at this
instant. Does not: how one is measured (sli), whom to tell (alerts).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared_policies.governance.service_levels.activation import Consumer, activation_lag
from shared_policies.governance.service_levels.coverage import by_itself
from shared_policies.governance.service_levels.sli import (
    LEVELS,
    History,
    Level,
    Measurement,
    Standing,
    due_days,
    measurements,
)
from shared_policies.governance.service_levels.slo import PERIOD_DAYS, Budget, Burning, budget

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date, datetime

    from shared_policies.governance.contracts.model import Contract
    from shared_policies.governance.ledger import AuditRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelState:
    """One level of one product. `measured` is oldest first; no budget without a target.

    `broken_since` says since when what was promised is missing, None if it is not missing at this
    instant: a day that came late stays missed, and is no longer broken.
    """

    contract: Contract
    level: Level
    measured: tuple[Measurement, ...]
    budget: Budget | None
    broken_since: datetime | None

    @property
    def broken_now(self) -> bool:
        return self.broken_since is not None

    @property
    def decided(self) -> list[Measurement]:
        return [one for one in self.measured if one.standing in {Standing.KEPT, Standing.MISSED}]

    @property
    def newest(self) -> Measurement | None:
        """The last day whose promise is decided; None if nothing was due yet."""
        return self.decided[-1] if self.decided else None

    @property
    def missed_in_a_row(self) -> int:
        """How many of the last decided days were missed without a kept one between them."""
        count = 0
        for one in reversed(self.decided):
            if one.standing is Standing.KEPT:
                break
            count += 1
        return count

    @property
    def burning(self) -> Burning:
        return Burning.WHOLE if self.budget is None else self.budget.burning


def level_states(
    contracts: Sequence[Contract],
    records: Iterable[AuditRecord],
    *,
    now: datetime,
    since: Mapping[str, datetime],
    time_zone: str,
    days: int = PERIOD_DAYS,
) -> list[LevelState]:
    """A state per product and promised level, and one for how its consumers keep up with it.

    `since` says of each port when it began to be watched. Days are those of `time_zone` (IANA).
    """
    by_port: dict[str, list[AuditRecord]] = defaultdict(list)
    for record in records:
        by_port[record.port].append(record)
    states = []
    for contract in contracts:
        history = History.of(
            contract,
            by_port[contract.port],
            now=now,
            since=since[contract.port],
            time_zone=time_zone,
        )
        consumers = [
            Consumer(
                contract=one,
                records=sorted(by_port[one.port], key=lambda record: record.at),
                since=since[one.port],
            )
            for one in consumers_of(contract, contracts)
        ]
        states += _states(history, consumers, days)
    return states


def consumers_of(contract: Contract, contracts: Iterable[Contract]) -> list[Contract]:
    """The products whose contracts say that they read this one, in its major version."""
    return [one for one in contracts if contract.versioned_port in one.upstream]


def _states(history: History, consumers: Sequence[Consumer], days: int) -> list[LevelState]:
    promised = [level for level in LEVELS if level in history.contract.service_levels]
    by_level: dict[Level, list[Measurement]] = {level: [] for level in promised}
    for one in measurements(history, days=days):
        by_level[one.level].append(one)
    if consumers:
        by_level["activation_lag"] = [
            activation_lag(history, day, awaited)
            for day in due_days(history, days)
            if (awaited := [one for one in consumers if _is_awaited(one, day, history)])
        ]
    return [
        LevelState(
            contract=history.contract,
            level=level,
            measured=tuple(measured),
            budget=_budget(measured, target=_target(history, level, consumers)),
            broken_since=_broken_since(history, measured),
        )
        for level, measured in by_level.items()
    ]


def _is_awaited(consumer: Consumer, day: date, history: History) -> bool:
    return consumer.is_awaited(day, time_zone=history.time_zone)


def _target(history: History, level: Level, consumers: Sequence[Consumer]) -> float | None:
    """The contract's; that of a lag is what the most demanding consumer promises itself."""
    promising = [history.contract]
    if level == "activation_lag":
        promising, level = [one.contract for one in consumers], "latency"
    targets = [
        promised.target
        for one in promising
        if (promised := one.service_levels.get(level)) is not None and promised.target is not None
    ]
    return max(targets, default=None)


def _budget(measured: Sequence[Measurement], *, target: float | None) -> Budget | None:
    return None if target is None else budget(measured, target=target)


def _broken_since(history: History, measured: Sequence[Measurement]) -> datetime | None:
    """Since when the promises missed last, one after the other, are not made good."""
    decided = [one for one in measured if one.standing in {Standing.KEPT, Standing.MISSED}]
    kept = [position for position, one in enumerate(decided) if one.standing is Standing.KEPT]
    row = decided[kept[-1] + 1 :] if kept else decided
    if not row:
        return None
    current = history.current_at(history.now)
    match row[-1].level:
        case "freshness":
            born = history.since if current is None else current.at
            ended = born + history.promise("freshness")
            return ended if ended < history.now else None
        case "availability":
            return _unavailable_since(history)
        case "latency":
            broken = current is None or not history.covers(current, row[-1].due_day)
        case "completeness":
            share = None
            if current is not None and history.covers(current, row[-1].due_day):
                share = current.complete_share
            broken = share is None or share < history.share("completeness")
        case "activation_lag":
            broken = row[-1].measured is None
    return row[0].due_at if broken else None


def _unavailable_since(history: History) -> datetime | None:
    """Since when the newest audits did not pass by themselves."""
    since = None
    for record in reversed(history.records):
        if by_itself(record):
            return since
        since = record.at
    return since or history.awaited_from
