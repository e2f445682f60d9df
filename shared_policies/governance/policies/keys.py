"""Whether rows can be told apart, now and by what was published before.

Belongs here: uniqueness, clean ids, ids that keep their parent. Does not: whether an id exists at
the source (references).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.policies.checks import Check, TextCheck, not_applicable
from shared_policies.governance.policies.policy import policy
from shared_policies.governance.policies.relations import parents, repeated_keys, rows

if TYPE_CHECKING:
    from shared_policies.governance.policies.checks import Asked, Question

TEXTS = {"varchar", "text", "string"}
# Space of any kind, control characters, and the marks with which a number lost its digits.
UNCLEAN = r"^\s|\s$|[\x00-\x1f\x7f\x{00a0}\x{200b}\x{feff}]"
LOST_DIGITS = r"^-?\d+(\.\d+)?[eE]\+?\d+$|^\d+\.0+$"


@policy("KEY-01", family="keys", phase="run_time")
def keys_are_unique(question: Question) -> Asked:
    """KEY-01: no two rows share the contract's key.

    Why: a join fans out and money is counted twice.

    Remedy: Look for a join that multiplies rows or a slice that was appended instead of replaced;
    or extend the key in a new major version.
    """
    what = f"one row per {', '.join(question.contract.key)}"
    return [Check(relation=repeated_keys(question), wrong="true", what=what)]


@policy("KEY-02", family="keys", phase="run_time")
def keys_are_clean(question: Question) -> Asked:
    r"""KEY-02: key values are there, without white space around them or digits lost.

    Why: ' 42' and '4.2e+1' join to nothing, and their money disappears from every sum.

    Remedy: Keep ids as text from the platform's answer on, and trim nothing later.
    """
    missing = [
        Check(
            relation=rows(question),
            wrong=f"{name} is null",
            what=f"{name} is there",
            column=name,
            quarantines=True,
        )
        for name in question.contract.key
    ]
    unclean = [
        TextCheck(
            column=one.name,
            what=f"{one.name} is whole",
            suspicious=f"regexp_matches(value, '{UNCLEAN}|{LOST_DIGITS}')",
        )
        for one in question.contract.columns
        if one.key_position is not None and one.data_type.lower() in TEXTS
    ]
    return [*missing, *unclean]


@policy(
    "KEY-03",
    family="keys",
    phase="run_time",
    declares={
        "child": "columns that identify one thing at its source",
        "parent": "the column that must be the same wherever it appears",
        "where": "SQL over `child`: which of them; default all",
    },
)
def ids_keep_their_parent(question: Question) -> Asked:
    """KEY-03: one thing belongs to one parent, in this version and the last.

    Why: a campaign under two accounts is counted twice after an account was linked again.

    Remedy: Find out which account owns it; a real move needs a waiver for one publication.
    """
    asked = question.rules("KEY-03")
    if not asked:
        return not_applicable("the contract names no parent")
    return [
        Check(
            relation=parents(question, rule.parameters["child"], rule.parameters["parent"]),
            wrong=f"parent_count > 1 and {rule.parameters.get('where', 'true')}",
            what=f"one {rule.parameters['parent']} per {', '.join(rule.parameters['child'])}",
            column=rule.parameters["parent"],
        )
        for rule in asked
    ]


POLICIES = (keys_are_unique, keys_are_clean, ids_keep_their_parent)
