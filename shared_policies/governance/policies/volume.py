"""Whether there is as much as there should be.

Belongs here: emptiness, days and entities that disappear. Does not: whether what is there is
right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.contracts.refinement import AT_MOST
from shared_policies.governance.policies.checks import BEFORE, Check, Relation, not_applicable
from shared_policies.governance.policies.policy import Parameter, policy
from shared_policies.governance.policies.relations import days, entities

if TYPE_CHECKING:
    from shared_policies.governance.policies.checks import Asked, Question


@policy(
    "VOL-01",
    family="volume",
    phase="run_time",
    declares={"may_be_empty": "true where an empty table is a true answer"},
)
def rows_are_there(question: Question) -> Asked:
    """VOL-01: the candidate is not empty.

    Why: an empty table passes every other test.

    Remedy: Materialise what stands upstream, its landing first.
    """
    if any(rule.parameters.get("may_be_empty") for rule in question.rules("VOL-01")):
        return not_applicable("the contract says that no rows are a true answer")
    counted = Relation(f"select count(*) as row_count from {question.candidate}", ("row_count",))
    return [Check(relation=counted, wrong="row_count = 0", what="there is a row")]


@policy(
    "VOL-02",
    family="volume",
    phase="run_time",
    parameters={
        "most_lost_share": Parameter(
            default=0.4,
            order=AT_MOST,
            description="Largest share of a published day's rows that may be gone.",
        )
    },
    declares={"by": "columns whose every day is judged; default the key without its last id"},
)
def published_days_do_not_vanish(question: Question, *, most_lost_share: float) -> Asked:
    """VOL-02: a group's day that was published is still there, with most of its rows.

    Why: a load that was cut short replaces a good version by half of one.

    Remedy: Land the sample days again. A true removal needs a waiver for one publication.
    """
    if question.published is None or question.day is None:
        return not_applicable("nothing dated was published yet")
    if question.rules("TOT-01"):
        return not_applicable("control totals settle whether an absence is real")
    group = group_of(question, "VOL-02")
    return [
        Check(
            relation=days(question, group),
            wrong=f"row_count{BEFORE} > 0"
            f" and coalesce(row_count, 0) < {1 - most_lost_share} * row_count{BEFORE}",
            what=f"every published day of a {' and '.join(group) or 'table'} keeps its rows",
        )
    ]


@policy(
    "VOL-03",
    family="volume",
    phase="run_time",
    declares={"where": "SQL over the key: entities that have a row for every day of theirs"},
)
def no_day_is_missing_in_between(question: Question) -> Asked:
    """VOL-03: an entity has a row for every day from its first to its last.

    Why: a day that is missing in the middle reads as a day without spend.

    Remedy: Land the days that are missing, or say in the contract that rows are sparse.
    """
    asked = question.rules("VOL-03")
    if not asked or question.day is None:
        return not_applicable("the contract does not promise a row for every day")
    return [
        Check(
            relation=entities(question),
            wrong=f"({rule.parameters.get('where', 'true')})"
            " and day_count <> date_diff('day', first_day, last_day) + 1",
            what="a row for every day in between",
            column=question.day,
        )
        for rule in asked
    ]


def group_of(question: Question, code: str) -> tuple[str, ...]:
    """The columns by which the contract asks the policy `code` to judge."""
    for rule in question.rules(code):
        if "by" in rule.parameters:
            return tuple(rule.parameters["by"])
    return question.group


POLICIES = (rows_are_there, published_days_do_not_vanish, no_day_is_missing_in_between)
