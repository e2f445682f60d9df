"""Whether a published figure changes only as far as its age allows.

Belongs here: candidate against the last published version, day by day. Does not: new days
(levels).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.contracts.refinement import AT_MOST
from shared_policies.governance.policies.checks import BEFORE, Check, Relation, not_applicable
from shared_policies.governance.policies.policy import Parameter, policy
from shared_policies.governance.policies.relations import (
    credited_late,
    days,
    kept_keys,
    things,
)
from shared_policies.governance.policies.volume import group_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shared_policies.governance.policies.checks import Asked, Question

# Below this many units a share says nothing: three clicks credited of ten is a normal morning.
NOTICED = {"conversions": 20, "micros": 20_000_000, "": 100}


@policy(
    "RST-01",
    family="restatements",
    phase="run_time",
    parameters={
        "tolerance": Parameter(
            default=0.005,
            order=AT_MOST,
            description="Largest change of a closed figure, as a share of what was published.",
        )
    },
    declares={"closed": "SQL over a row: the source no longer changes its figures"},
)
def closed_periods_stay_closed(question: Question, *, tolerance: float) -> Asked:
    """RST-01: a figure that was published as final is not rewritten or removed.

    Why: invoices and reports were made from it.

    Remedy: Find out who changed the past. If the source really did, the owner waives it once.
    """
    asked = question.rules("RST-01")
    if not asked or question.day is None:
        return not_applicable("the contract does not say when a figure is final")
    if question.published is None:
        return not_applicable("nothing was published yet")
    relation = days(question, group_of(question, "RST-02"))
    gone = Check(
        relation=relation,
        wrong=f"is_closed{BEFORE} and coalesce(row_count, 0) < row_count{BEFORE}",
        what="final rows stay",
    )
    return [gone, *(_rewritten(relation, name, tolerance) for name in _shared(question))]


@policy(
    "RST-02",
    family="restatements",
    phase="run_time",
    parameters={
        "fall": Parameter(
            default=0.3,
            order=AT_MOST,
            description="Largest share by which a settled day's sum of a measure may fall.",
        ),
        "rise": Parameter(
            default=0.3,
            order=AT_MOST,
            description="Largest share by which a settled day's count or cost may rise; what is "
            "credited late, conversions, may rise without a limit.",
        ),
    },
    declares={
        "settled": "SQL over a row: its day was over when it was pulled",
        "limits": "measure to {fall, rise}, stricter than the policy's own",
        "late": "measures that are credited late and rise without a limit",
        "by": "columns whose every day is judged; default the key without its last id",
    },
)
def restatements_stay_in_limits(question: Question, *, fall: float, rise: float) -> Asked:
    """RST-02: a settled day changes later only as much as its metric can.

    Why: impressions hardly move and spend falls a little by credits; a day that loses half of
    either was answered from a stale or broken cache.

    Remedy: Land the sample days again, and compare with the platform's own page.
    """
    asked = question.rules("RST-02")
    if not asked or question.day is None:
        return not_applicable("the contract does not say when a day is settled")
    if question.published is None:
        return not_applicable("nothing was published yet")
    rule = asked[0].parameters
    _refuse_unknown(question, [*rule.get("limits", ()), *rule.get("late", ())])
    limits: Mapping[str, Mapping[str, float]] = rule.get("limits", {})
    relation = days(question, group_of(question, "RST-02"))
    checks = []
    for name in _shared(question):
        least = min(fall, limits.get(name, {}).get("fall", fall))
        most = min(rise, limits.get(name, {}).get("rise", rise))
        wrong = f"{name}{BEFORE} - coalesce({name}, 0) > {least} * {name}{BEFORE}"
        if name not in rule.get("late", ()):
            wrong += f" or {name} - {name}{BEFORE} > {most} * {name}{BEFORE}"
        noticed = f"greatest({name}{BEFORE}, coalesce({name}, 0)) >= {_noticed(question, name)}"
        checks.append(
            Check(
                relation=relation,
                wrong=f"is_settled{BEFORE} and {name}{BEFORE} >= 0 and {noticed} and ({wrong})",
                what=f"a settled day's {name} falls by at most {least:.0%}",
                column=name,
            )
        )
    return checks


@policy(
    "RST-03",
    family="restatements",
    phase="run_time",
    parameters={
        "rise": Parameter(
            default=0.4,
            order=AT_MOST,
            description="Largest share by which the sum of three ripe days may rise between two "
            "publications.",
        ),
        "ripe_after_days": Parameter(
            default=3,
            order=AT_MOST,
            description="How old a day is when most of what is credited late has come in.",
        ),
        "least": Parameter(
            default=50.0, order=AT_MOST, description="Below this published sum nothing is judged."
        ),
    },
    declares={
        "measures": "what is credited late",
        "by": "columns whose days are judged, the same as for RST-02",
    },
)
def late_credits_dry_up(
    question: Question, *, rise: float, ripe_after_days: int, least: float
) -> Asked:
    """RST-03: days that were ripe when they were published do not gain many more events.

    Why: a longer attribution window, or another counting, raises the past at one stroke; every
    comparison with last month is then wrong.

    Remedy: Look for a changed setting in definition_changes; if it was meant, waive this once and
    tell the consumers.
    """
    asked = question.rules("RST-03")
    if not asked or question.day is None:
        return not_applicable("the contract names nothing that is credited late")
    if question.published is None:
        return not_applicable("nothing was published yet")
    names = credited_late(question)
    _refuse_unknown(question, names)
    ripe = f"{question.day} = last_day_before - {ripe_after_days}"
    return [
        Check(
            relation=days(question, group_of(question, "RST-02")),
            wrong=f"{ripe} and {name}__ripe{BEFORE} >= {least}"
            f" and {name}__ripe > {1 + rise} * {name}__ripe{BEFORE}",
            what=f"three ripe days' {name} rises by at most {rise:.0%}",
            column=name,
        )
        for name in names
        if name in question.shared
    ]


@policy(
    "RST-04",
    family="restatements",
    phase="run_time",
    parameters={
        "fall": Parameter(
            default=0.5,
            order=AT_MOST,
            description="Largest share of its last four weeks that one thing may lose.",
        ),
        "least": Parameter(
            default=1000, order=AT_MOST, description="Below this published sum nothing is judged."
        ),
    },
    declares={"measures": "which measures of one thing are judged"},
)
def one_thing_keeps_its_past(question: Question, *, fall: float, least: float) -> Asked:
    """RST-04: what one campaign did in the weeks before stays with it.

    Why: a report that leaves out removed campaigns takes their past along, and an account's total
    that still holds it hides the loss in the residual.

    Remedy: Ask for removed campaigns too. What the platform really forgot needs a waiver once.
    """
    asked = question.rules("RST-04")
    if not asked or question.day is None:
        return not_applicable("the contract names no measures of one thing")
    if question.published is None:
        return not_applicable("nothing was published yet")
    names = asked[0].parameters["measures"]
    _refuse_unknown(question, names)
    shared = [name for name in names if name in question.shared]
    return [
        Check(
            relation=things(question, shared, question.names),
            wrong=f"{name}__past{BEFORE} >= {least}"
            f" and coalesce({name}__past, 0) < {1 - fall} * {name}__past{BEFORE}",
            what=f"one thing's {name} of the weeks before falls by at most {fall:.0%}",
            column=name,
        )
        for name in shared
    ]


@policy(
    "RST-05",
    family="restatements",
    phase="run_time",
    declares={"columns": "what never changes for a key once it was published"},
)
def history_is_not_rewritten(question: Question) -> Asked:
    """RST-05: what a contract calls history, and the currency of money, stays as it was published.

    Why: what a number meant last month, or what was known on a day, is only of use if it is what
    readers were told then; no sum shows that two rows have exchanged it.

    Remedy: Give the new value a row of its own, from its own day on; find out what rewrote the old.
    """
    named = [name for rule in question.rules("RST-05") for name in rule.parameters["columns"]]
    names = [*dict.fromkeys([*named, *_currencies(question)])]
    if not names:
        return not_applicable("the contract calls no column history, and no money has a currency")
    if question.published is None:
        return not_applicable("nothing was published yet")
    unknown = sorted(set(names) - {one.name for one in question.contract.columns})
    if unknown:
        raise ValueError(f"the contract calls {unknown} history, which are none of its columns")
    shared = [name for name in names if name in question.shared]
    relation = kept_keys(question, shared)
    return [
        Check(
            relation=relation,
            wrong=f"{name} is distinct from {name}{BEFORE}",
            what=f"{name} is what was published",
            column=name,
        )
        for name in shared
    ]


def _currencies(question: Question) -> list[str]:
    """Columns that hold the currency of others' money, beside the key."""
    sources = {one.currency_from for one in question.contract.columns if one.currency_from}
    return sorted(sources & set(question.types) - set(question.contract.key))


def _refuse_unknown(question: Question, names: Iterable[str]) -> None:
    """A misspelt measure would be judged by nothing."""
    unknown = sorted(set(names) - set(question.measures))
    if unknown:
        raise ValueError(f"the contract limits {unknown}, which are none of its measures")


def _rewritten(relation: Relation, name: str, tolerance: float) -> Check:
    difference = f"abs(coalesce({name}, 0) - coalesce({name}{BEFORE}, 0))"
    return Check(
        relation=relation,
        wrong=f"is_closed{BEFORE} and row_count > 0"
        f" and {difference} > greatest(1e-6, {tolerance} * abs(coalesce({name}{BEFORE}, 0)))",
        what=f"a final {name} stays",
        column=name,
    )


def _shared(question: Question) -> list[str]:
    return [name for name in question.measures if name in question.shared]


def _noticed(question: Question, name: str) -> int:
    unit = next(one.unit for one in question.contract.columns if one.name == name)
    return next(least for word, least in NOTICED.items() if word in unit)


POLICIES = (
    closed_periods_stay_closed,
    restatements_stay_in_limits,
    late_credits_dry_up,
    one_thing_keeps_its_past,
    history_is_not_rewritten,
)
