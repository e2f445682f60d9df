"""Whether ids and labels are those that the source itself gives.

Belongs here: a row against the one row of a reference that it points to. Does not: sums (totals).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.policies.checks import Check, not_applicable
from shared_policies.governance.policies.policy import policy
from shared_policies.governance.policies.relations import referenced

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared_policies.governance.contracts.model import Rule
    from shared_policies.governance.policies.checks import Asked, Question

DECLARES = {
    "relation": "what is referred to: a model of the domain, or another domain's product",
    "match": "SQL over the candidate to the reference's column, together unique in the reference",
    "where": "SQL: which of the candidate's rows refer at all",
}


@policy("REF-01", family="references", phase="run_time", declares=DECLARES)
def ids_are_known(question: Question) -> Asked:
    """REF-01: every id stands in the history of what the source has told of its things.

    Why: money on a campaign that nobody knows, or of a test account, is in no report and every sum.

    Remedy: Pull the source's own list again; an id that only the facts know was cut or mixed up.
    """
    asked = question.rules("REF-01")
    if not asked:
        return not_applicable("the contract names no reference of ids")
    return [check for rule in asked for check in _known(question, rule)]


@policy(
    "REF-02",
    family="references",
    phase="run_time",
    declares={**DECLARES, "equal": "SQL over the candidate to the reference's column"},
)
def labels_are_those_of_the_source(question: Question) -> Asked:
    """REF-02: names, currencies, rates and dates equal those of the reference they come from.

    Why: a flipped currency, an old rate or a cut name looks like data.

    Remedy: Build the candidate again from the reference; where both are right, the join is wrong.
    """
    asked = question.rules("REF-02")
    if not asked:
        return not_applicable("the contract names no reference of labels")
    return [check for rule in asked for check in _equal(question, rule)]


def _known(question: Question, rule: Rule) -> Iterable[Check]:
    relation, where = rule.parameters["relation"], rule.parameters.get("where", "true")
    yield Check(
        relation=referenced(question, relation, rule.parameters["match"]),
        wrong=f"({where}) and not is_known",
        what=rule.description or f"{', '.join(rule.parameters['match'])} stands in {relation}",
        column=rule.column,
        quarantines=True,
    )


def _equal(question: Question, rule: Rule) -> Iterable[Check]:
    relation, where = rule.parameters["relation"], rule.parameters.get("where", "true")
    joined = referenced(question, relation, rule.parameters["match"])
    yield Check(
        relation=joined,
        wrong=f"({where}) and reference_count > 1",
        what=f"{relation} has one row per {', '.join(rule.parameters['match'].values())}",
    )
    for ours, theirs in rule.parameters["equal"].items():
        known = _known_column(question, relation, theirs)
        yield Check(
            relation=joined,
            wrong=f"({where}) and ({ours}) is distinct from {known}",
            what=f"{ours} is the {theirs} of {relation}",
            column=ours if ours in question.types else rule.column,
            quarantines=True,
        )


def _known_column(question: Question, relation: str, name: str) -> str:
    """Raises KeyError for a column that the reference does not have."""
    if name not in question.relations[relation]:
        raise KeyError(f"{relation} has no column {name}")
    return f"{name}__known"


POLICIES = (ids_are_known, labels_are_those_of_the_source)
