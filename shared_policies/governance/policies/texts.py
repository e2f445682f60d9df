"""Whether texts arrived whole and give nobody away.

Belongs here: broken encodings, cut names, personal data in free text. Does not: how personal data
looks (privacy).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shared_policies.governance.contracts.refinement import AT_MOST
from shared_policies.governance.policies.checks import (
    BEFORE,
    Check,
    Relation,
    TextCheck,
    not_applicable,
)
from shared_policies.governance.policies.keys import TEXTS
from shared_policies.governance.policies.policy import Parameter, policy
from shared_policies.governance.policies.privacy import MAY_BE_PERSONAL, findings
from shared_policies.governance.policies.relations import things

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared_policies.governance.policies.checks import Asked, Question

# UTF-8 read as Latin-1 or Windows-1252: a lead byte's letter and a follower's, or a lost character.
FOLLOWERS = (
    "\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc"
    "\u2013-\u201e\u2020-\u2022\u2026\u2030\u20ac\u2122"
)
UNREADABLE = f"[\u00c2-\u00f4][{FOLLOWERS}]|\ufffd|[\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f]"


@policy("TXT-01", family="texts", phase="run_time")
def texts_are_readable(question: Question) -> Asked:
    """TXT-01: no text was decoded wrongly or holds control characters.

    Why: 'MÃ¼nchen' is another campaign than 'München' in every report.

    Remedy: Read the source's bytes as UTF-8, once.
    """
    texts = [one.name for one in question.contract.columns if one.data_type.lower() in TEXTS]
    if not texts:
        return not_applicable("no column holds text")
    return [
        TextCheck(
            column=name,
            what=f"{name} is readable",
            suspicious=_matches(UNREADABLE),
            find=unreadable,
        )
        for name in texts
    ]


@policy(
    "TXT-02",
    family="texts",
    phase="run_time",
    parameters={
        "most_cut": Parameter(
            default=2,
            order=AT_MOST,
            description="How many things may at once get a name that begins their old one.",
        )
    },
)
def names_are_not_cut(question: Question, *, most_cut: int) -> Asked:
    """TXT-02: not many names at once become the beginning of what they were.

    Why: a column that is too short cuts names, and campaigns melt into each other.

    Remedy: Widen what holds the name; renaming by hand changes few at a time.
    """
    if question.published is None:
        return not_applicable("nothing was published yet")
    names = question.names
    if not names or question.day is None:
        return not_applicable("no column holds names that people give")
    named = things(question, (), names)
    return [
        Check(
            relation=_cut(named, name),
            wrong=f"cut_count > {most_cut}",
            what=f"{name} is as long as it was",
            column=name,
        )
        for name in names
    ]


@policy("PRV-01", family="privacy", phase="run_time")
def texts_name_nobody(question: Question) -> Asked:
    """PRV-01: no free text holds an address, a number, a hash of either, or a key.

    Why: a product is read by many and kept for long; what a person typed into a campaign's name or
    a link is not theirs to know.

    Remedy: Let the campaign's owner clean the name or tag; then land it again.
    """
    texts = question.free_texts
    if not texts:
        return not_applicable("no column holds what people type")
    return [
        TextCheck(
            column=name,
            what=f"{name} names nobody",
            suspicious=_matches(MAY_BE_PERSONAL),
            find=personal,
        )
        for name in texts
    ]


def unreadable(values: Sequence[str]) -> Mapping[str, str]:
    """What was decoded wrongly, with what shows it."""
    found = {value: re.search(UNREADABLE, value) for value in values}
    return {value: f"{match.group()!r}" for value, match in found.items() if match}


def personal(values: Sequence[str]) -> Mapping[str, str]:
    """What gives somebody away, with the kind and a mask, never the value."""
    found = {value: findings([value]) for value in values}
    return {
        value: ", ".join(f"{leak.kind} {leak.masked_sample}" for leak in leaks)
        for value, leaks in found.items()
        if leaks
    }


def _matches(pattern: str) -> str:
    return f"regexp_matches(value, '{pattern}')"


def _cut(named: Relation, name: str) -> Relation:
    """Grain: one row in all: how many different names are now the beginning of the old one."""
    sql = (
        f"select count(distinct {name}{BEFORE}) as cut_count from ({named.sql})"
        f" where length({name}) < length({name}{BEFORE}) and starts_with({name}{BEFORE}, {name})"
    )
    return Relation(sql, ())


POLICIES = (texts_are_readable, names_are_not_cut, texts_name_nobody)
