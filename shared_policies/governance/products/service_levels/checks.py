"""Every product's promises as Dagster checks on the product itself.

Belongs here: an answer per product and level, as Dagster shows it. Does not: measuring
(service_levels).

They stand in governance's location and run by its schedule and its sensor: a check inside the run
that did not happen would never say that it is late. They have no partitions, and do not block:
what is late must not hold back the run that mends it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import dagster as dg

from shared_policies.governance.contracts.model import Contract
from shared_policies.governance.ledger import Ledger
from shared_policies.governance.service_levels.present import present_states
from shared_policies.governance.service_levels.sli import Standing
from shared_policies.governance.service_levels.slo import PERIOD_DAYS, Burning
from shared_policies.governance.service_levels.states import LevelState
from shared_policies.platform import days

# A deadline may lie a few days behind the day that it is for.
SPAN = timedelta(days=PERIOD_DAYS + 15)
CHECKED = ("latency", "freshness", "completeness", "availability")
BUDGET = "error_budget_lasts"
NAMES = {level: f"{level}_is_kept" for level in CHECKED}
DESCRIPTIONS = {
    "latency": "The last day that is due was published by its deadline.",
    "freshness": "The newest version was never older than promised.",
    "completeness": "What was due is in the version that was current at the deadline.",
    "availability": "A version could be read, and the newest audit was not refused.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one check says. `state` changes when there is something new to show."""

    port: str
    check_name: str
    passed: bool
    is_warning: bool
    observed: str
    expected: str
    budget: str
    due_day: str

    @property
    def name_in_cursor(self) -> str:
        return f"{self.port}/{self.check_name}"

    @property
    def state(self) -> str:
        return f"{self.passed}/{self.is_warning}/{self.due_day}"


def specs(contracts: Iterable[Contract]) -> list[dg.AssetCheckSpec]:
    """A check per product and promised level, and one for all its budgets."""
    return [
        dg.AssetCheckSpec(name, asset=_key(contract.port), description=description, blocking=False)
        for contract in contracts
        for name, description in _promised(contract)
    ]


def service_level_checks(contracts: Callable[[], Sequence[Contract]]) -> dg.AssetChecksDefinition:
    """All of them, one step; `contracts` of all domains are asked for again when it runs."""

    @dg.multi_asset_check(
        name="service_levels_on_the_clock", specs=specs(contracts()), can_subset=True
    )
    def on_the_clock(
        context: dg.AssetCheckExecutionContext, ledger: dg.ResourceParam[Ledger]
    ) -> Iterator[dg.AssetCheckResult]:
        at = days.now()
        records = ledger.records(since=at - SPAN)
        states = present_states(contracts(), records, now=at)
        for answer in answers(states):
            key = dg.AssetCheckKey(_key(answer.port), answer.check_name)
            if key in context.selected_asset_check_keys:
                yield dg.AssetCheckResult(
                    asset_key=_key(answer.port),
                    check_name=answer.check_name,
                    passed=answer.passed,
                    severity=_severity(answer),
                    description=answer.observed,
                    metadata=_metadata(answer),
                )

    return on_the_clock


def answers(states: Iterable[LevelState]) -> list[Answer]:
    """What every check says now; nothing of what was not due yet: no evidence is no pass."""
    by_port: dict[str, list[LevelState]] = defaultdict(list)
    for state in states:
        if state.level in CHECKED:
            by_port[state.contract.port].append(state)
    return [
        answer for some in by_port.values() for answer in [*_of_levels(some), *_of_budgets(some)]
    ]


def evaluation(answer: Answer) -> dg.AssetCheckEvaluation:
    """For a sensor to report without a run."""
    return dg.AssetCheckEvaluation(
        asset_key=_key(answer.port),
        check_name=answer.check_name,
        passed=answer.passed,
        severity=_severity(answer),
        description=answer.observed,
        metadata=_metadata(answer),
        blocking=False,
    )


def _of_levels(states: Iterable[LevelState]) -> Iterator[Answer]:
    for state in states:
        newest = state.newest
        if newest is None:
            continue
        yield Answer(
            port=state.contract.port,
            check_name=NAMES[state.level],
            passed=newest.standing is Standing.KEPT,
            is_warning=not state.broken_now,
            observed=newest.observed,
            expected=f"{state.level} {state.contract.service_levels[state.level].value}",
            budget=_spent(state),
            due_day=str(newest.due_day),
        )


def _of_budgets(states: Iterable[LevelState]) -> Iterator[Answer]:
    decided = [state for state in states if state.budget is not None and state.newest is not None]
    if not decided:
        return
    worst = max(decided, key=lambda state: state.burning)
    yield Answer(
        port=worst.contract.port,
        check_name=BUDGET,
        passed=worst.burning < Burning.SLOWLY,
        is_warning=worst.burning < Burning.EXHAUSTED,
        observed="; ".join(f"{state.level}: {_spent(state)}" for state in decided),
        expected="less than half of a budget gone within its alerting windows, none used up",
        budget=_spent(worst),
        due_day=max(str(state.newest.due_day) for state in decided if state.newest is not None),
    )


def _spent(state: LevelState) -> str:
    budget = state.budget
    if budget is None:
        return "no target is set"
    return (
        f"{budget.missed_days} of {budget.period_days} days missed, {float(budget.spent):.0%} of "
        f"what a target of {budget.target:g} allows"
    )


def _promised(contract: Contract) -> Iterator[tuple[str, str]]:
    levels = [level for level in CHECKED if level in contract.service_levels]
    for level in levels:
        yield (
            NAMES[level],
            f"{DESCRIPTIONS[level]} Promised: {contract.service_levels[level].value}.",
        )
    if any(contract.service_levels[level].target is not None for level in levels):
        yield BUDGET, "What may be missed in 30 days is not used up, nor about to be."


def _key(port: str) -> dg.AssetKey:
    return dg.AssetKey(port.split("/"))


def _severity(answer: Answer) -> dg.AssetCheckSeverity:
    return dg.AssetCheckSeverity.WARN if answer.is_warning else dg.AssetCheckSeverity.ERROR


def _metadata(answer: Answer) -> dict[str, str]:
    return {
        "observed": answer.observed,
        "expected": answer.expected,
        "error budget": answer.budget,
        "due day": answer.due_day,
    }
