"""Whether the same content stands in two places.

Belongs here: days that repeat another. Does not: rows that share a key (keys).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.contracts.refinement import AT_MOST
from shared_policies.governance.policies.checks import BEFORE, Check, not_applicable
from shared_policies.governance.policies.policy import Parameter, policy
from shared_policies.governance.policies.relations import days
from shared_policies.governance.policies.volume import group_of

if TYPE_CHECKING:
    from shared_policies.governance.policies.checks import Asked, Question


@policy(
    "DUP-01",
    family="duplicates",
    phase="run_time",
    parameters={
        "least_values": Parameter(
            default=8,
            order=AT_MOST,
            description="From how many values that are not zero two equal days are no accident.",
        )
    },
    declares={"by": "columns whose days are compared; default the key without its last id"},
)
def no_day_repeats_another(question: Question, *, least_values: int) -> Asked:
    """DUP-01: no new day holds exactly the figures of another day.

    Why: a cached answer replays yesterday as today, and every total is plausible.

    Remedy: Land the later of the two days again.
    """
    if not question.rules("DUP-01") or question.day is None or not question.measures:
        return not_applicable("the contract promises no days that differ")
    group = group_of(question, "DUP-01")
    return [
        Check(
            relation=days(question, group),
            wrong=f"row_count > 0 and copies > 1 and value_count >= {least_values}"
            f" and content is distinct from content{BEFORE}",
            what=f"days of a {' and '.join(group)} differ",
        )
    ]


POLICIES = (no_day_repeats_another,)
