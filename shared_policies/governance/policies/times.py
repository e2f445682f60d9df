"""Whether days and instants are possible.

Belongs here: the future, clocks that run backwards. Does not: lateness (service levels).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.contracts.refinement import AT_MOST
from shared_policies.governance.policies.checks import Check, Relation, not_applicable
from shared_policies.governance.policies.policy import Parameter, policy
from shared_policies.governance.policies.relations import days, rows
from shared_policies.governance.policies.volume import group_of

if TYPE_CHECKING:
    from shared_policies.governance.policies.checks import Asked, Question

# The day has begun somewhere before it has here: UTC+14 against UTC-12.
EARTH_DAYS = 1


@policy(
    "TIM-01",
    family="times",
    phase="run_time",
    parameters={
        "clock_skew_minutes": Parameter(
            default=10,
            order=AT_MOST,
            description="How far a source's clock may run ahead of ours.",
        )
    },
    declares={
        "may_lie_ahead": "columns that speak of the future, like the day a figure becomes final"
    },
)
def no_time_lies_ahead(question: Question, *, clock_skew_minutes: int) -> Asked:
    """TIM-01: no day or instant lies in the future.

    Why: a day labelled tomorrow, or swapped with its month, moves money to a day nobody looks at.

    Remedy: Read the source's dates in its documented form and time zone.
    """
    ahead = {
        name
        for rule in question.rules("TIM-01")
        for name in rule.parameters.get("may_lie_ahead", ())
    }
    checks = []
    for column in question.contract.columns:
        kind = column.data_type.lower()
        if column.name in ahead or not (kind == "date" or kind.startswith("timestamp")):
            continue
        latest = (
            f"date '{question.today}' + {EARTH_DAYS}"
            if kind == "date"
            else f"timestamptz '{question.now.isoformat()}' + interval {clock_skew_minutes} minutes"
        )
        checks.append(
            Check(
                relation=rows(question),
                wrong=f"{column.name} > {latest}",
                what=f"{column.name} does not lie ahead of {question.today}",
                column=column.name,
            )
        )
    return checks or not_applicable("no column is a day or an instant")


@policy(
    "TIM-02",
    family="times",
    phase="run_time",
    declares={
        "loaded_at": "the column that says when the source was asked",
        "by": "columns each of which is judged; default the key without its last id",
    },
)
def loads_do_not_grow_older(question: Question) -> Asked:
    """TIM-02: the source was last asked no earlier than for the version that is published.

    Why: an older load that is published again takes back what is known since.

    Remedy: Build the candidate again from the newest landing.
    """
    asked = question.rules("TIM-02")
    if not asked:
        return not_applicable("the contract names no column for when the source was asked")
    if question.published is None:
        return not_applicable("nothing was published yet")
    return [
        Check(
            relation=_newest(question, rule.parameters["loaded_at"]),
            wrong="newest < newest_before",
            what=f"{rule.parameters['loaded_at']} does not fall back",
            column=rule.parameters["loaded_at"],
        )
        for rule in asked
    ]


@policy(
    "TIM-03",
    family="times",
    phase="run_time",
    declares={"by": "columns whose last day is judged; default the key without its last id"},
)
def the_last_day_does_not_fall_back(question: Question) -> Asked:
    """TIM-03: what is known up to a day is known up to that day in the next version too.

    Why: the newest day is the one that is looked at, and a version without it looks complete.

    Remedy: Land the days again that the published version has and the candidate has not.
    """
    if not question.rules("TIM-03") or question.day is None:
        return not_applicable("the contract promises no last day")
    if question.published is None:
        return not_applicable("nothing was published yet")
    group = group_of(question, "TIM-03")
    return [
        Check(
            relation=days(question, group),
            wrong=f"{question.day} = last_day_before"
            " and (last_day is null or last_day < last_day_before)",
            what=f"the last day of each {' and '.join(group)} is still there",
            column=question.day,
        )
    ]


def _newest(question: Question, column: str) -> Relation:
    group = group_of(question, "TIM-02")
    listed, published = ", ".join(group), question.published
    if published is None:
        raise ValueError("there is no published version to compare instants with")
    sql = (
        f"select {listed}, max({column}) filter (where is_new) as newest,"
        f" max({column}) filter (where not is_new) as newest_before"
        f" from (select {listed}, {column}, true as is_new from {question.candidate}"
        f" union all select {listed}, {column}, false from {published.relation})"
        f" group by {listed}"
    )
    return Relation(sql, group)


POLICIES = (no_time_lies_ahead, loads_do_not_grow_older, the_last_day_does_not_fall_back)
