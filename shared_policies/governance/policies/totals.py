"""Whether a candidate adds up to what its sources say by another path.

Belongs here: sums against control totals, controls that list what disagrees. Does not: how a
control is computed (the domain's models in `controls`).

Totals settle what no look at the candidate alone can: duplicates, fan-out, scale, unit, currency,
sign, swapped columns, truncation, and whether an absence is real. A day on which everything
tripled is quiet when the source says so too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.contracts.refinement import AT_MOST
from shared_policies.governance.policies.checks import Check, Relation, not_applicable
from shared_policies.governance.policies.policy import Parameter, policy
from shared_policies.governance.policies.relations import totals

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shared_policies.governance.contracts.model import Rule
    from shared_policies.governance.policies.checks import Asked, Question

# Fractional credit is added in another order on the other path.
ROUNDING = 1e-6


@policy(
    "TOT-01",
    family="totals",
    phase="run_time",
    parameters={
        "tolerance": Parameter(
            default=0.01,
            order=AT_MOST,
            description="Largest difference, as a share of the control, that a rule may allow.",
        )
    },
    declares={
        "relation": "the control: a model on a path of its own",
        "by": "columns, or SQL over the candidate to SQL over the control",
        "measures": "SQL over the candidate to SQL over the control; both are summed",
        "where": "SQL: which of the candidate's rows are controlled; default all",
        "rows": "'same': both sides also have the same groups",
        "within": "largest difference as a share of the control; default 0, equality",
    },
)
def sums_agree_with_control_totals(question: Question, *, tolerance: float) -> Asked:
    """TOT-01: every measure's sums equal those of an independent path, group by group.

    Why: a doubled, cut, scaled or swapped figure passes every rule about its own form.

    Remedy: Compare the sample groups in the candidate and in the control; the one that disagrees
    with the platform's own page is wrong.
    """
    asked = question.rules("TOT-01")
    if not asked:
        return not_applicable("the contract names no control totals")
    return [check for rule in asked for check in _agrees(question, rule, tolerance)]


@policy(
    "TOT-02",
    family="totals",
    phase="run_time",
    declares={"relation": "a model that lists what disagrees and is empty when nothing does"},
)
def sources_agree_with_themselves(question: Question) -> Asked:
    """TOT-02: what was landed adds up to the totals that the platforms gave for whole accounts.

    Why: rows lost on the way in are lost on every path that begins behind them.

    Remedy: Land the listed account days again.
    """
    asked = question.rules("TOT-02")
    if not asked:
        return not_applicable("the contract names no list of disagreements")
    return [_is_empty(question, rule) for rule in asked]


def _agrees(question: Question, rule: Rule, tolerance: float) -> Iterable[Check]:
    control, by = rule.parameters["relation"], _pairs(rule.parameters["by"])
    measures = _pairs(rule.parameters["measures"])
    within = float(rule.parameters.get("within", 0.0))
    if within > tolerance:
        raise ValueError(f"within {within} is more than the {tolerance} that are tolerated")
    relation = totals(
        question,
        control,
        by=by,
        measures=measures,
        where=rule.parameters.get("where", "true"),
        exact=not within,
    )
    for position, (ours, theirs) in enumerate(measures.items()):
        difference = f"abs(coalesce(difference_{position}, 0))"
        allowed = str(ROUNDING)
        if within:
            allowed = f"greatest({ROUNDING}, {within} * abs(coalesce(theirs_{position}, 0)))"
        yield Check(
            relation=relation,
            wrong=f"{difference} > {allowed} or not isfinite({difference}::double)",
            what=f"{ours} adds up to {theirs} of {control}",
            column=ours if ours in question.types else None,
        )
    if rule.parameters.get("rows") == "same":
        yield Check(
            relation=relation,
            wrong="(our_rows > 0) <> (their_rows > 0)",
            what=f"candidate and {control} have the same {', '.join(by)}",
        )


def _is_empty(question: Question, rule: Rule) -> Check:
    relation = rule.parameters["relation"]
    columns = tuple(question.relations[relation])
    if not columns:
        raise LookupError(f"there is no relation {relation}")
    return Check(
        relation=Relation(f"select * from {relation}", columns),
        wrong="true",
        what=rule.description or f"nothing stands in {relation}",
    )


def _pairs(names: Mapping[str, str] | Iterable[str]) -> Mapping[str, str]:
    return names if isinstance(names, dict) else {name: name for name in names}


POLICIES = (sums_agree_with_control_totals, sources_agree_with_themselves)
