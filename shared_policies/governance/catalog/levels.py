"""How the promises of a product stand, in the catalog's words.

Belongs here: service levels and budgets as plain values. Does not: measuring (service_levels).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from shared_policies.governance.catalog.entries import LevelEntry, in_words
from shared_policies.governance.service_levels.sli import Standing
from shared_policies.governance.service_levels.slo import Burning

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared_policies.governance.contracts.model import Contract
    from shared_policies.governance.service_levels.states import LevelState

BURNING_WORDS = {
    Burning.WHOLE: "kept",
    Burning.TOUCHED: "within its budget",
    Burning.SLOWLY: "budget is being used up",
    Burning.FAST: "budget is being used up fast",
    Burning.EXHAUSTED: "budget is used up",
}
UNPROMISED = {"activation_lag": "The slowest consumer published the day by its own deadline."}


def level_entries(contract: Contract, states: Iterable[LevelState]) -> tuple[LevelEntry, ...]:
    """Every promise of `contract`, and how its consumers keep up with it.

    Promises that no audit can show (retention, erasure) stand without a figure.
    """
    known: dict[str, LevelState] = {
        state.level: state for state in states if state.contract.port == contract.port
    }
    promised = {
        name: LevelEntry(
            name=name.replace("_", " "),
            promise=in_words(level),
            description=level.description,
            target=level.target,
        )
        for name, level in contract.service_levels.items()
    }
    beside = {
        name: LevelEntry(name=name.replace("_", " "), promise="", description=text, target=None)
        for name, text in UNPROMISED.items()
        if name in known
    }
    entries = {**promised, **beside}
    return tuple(_measured(entry, known.get(name)) for name, entry in entries.items())


def _measured(entry: LevelEntry, state: LevelState | None) -> LevelEntry:
    if state is None or state.newest is None:
        return entry
    kept = sum(one.standing is Standing.KEPT for one in state.decided)
    budget = state.budget
    words = BURNING_WORDS[state.burning] if budget is not None else "no target"
    return replace(
        entry,
        reached=kept / len(state.decided),
        budget_left=None if budget is None else float(1 - budget.spent),
        state=f"{words}; broken now" if state.broken_now else words,
        observed=state.newest.observed,
    )
