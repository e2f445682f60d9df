"""Whether new figures are of the size that the published ones lead to expect.

Belongs here: what only history can tell, when the source itself is wrong: units, outages, jumps,
resolution, drift. Does not: figures that disagree with their source (totals).

Ratios are judged, not volumes: a sale day, a pause, a launch and half a budget move clicks, spend
and conversions together. Limits are wide on purpose; what they catch is a factor, not a trend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.contracts.refinement import AT_LEAST, AT_MOST
from shared_policies.governance.policies.checks import BEFORE, Check, not_applicable
from shared_policies.governance.policies.policy import Parameter, policy
from shared_policies.governance.policies.relations import days, roundness, things
from shared_policies.governance.policies.values import WHOLE
from shared_policies.governance.policies.volume import group_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shared_policies.governance.policies.checks import Asked, Question

# Rounded to tens and hundreds, or a decimal amount to whole units.
STEPS = (10, 100, 1_000_000)
ENOUGH_VALUES = 12
ENOUGH_DAYS = 7
ENOUGH_EVENTS = 100


@policy(
    "LVL-01",
    family="levels",
    phase="run_time",
    parameters={
        "factor": Parameter(
            default=8.0,
            order=AT_MOST,
            description="How many times its usual value a ratio of two measures may be.",
        ),
        "least": Parameter(
            default=200,
            order=AT_MOST,
            description="From how many units of the denominator a ratio says something.",
        ),
    },
    declares={
        "ratios": "list of {of, per, factor, least}: measures, and limits stricter than the floor",
        "by": "columns whose days are judged; default the key without its last id",
    },
)
def ratios_keep_their_size(question: Question, *, factor: float, least: float) -> Asked:
    """LVL-01: a price or rate stays within a factor of its last four weeks.

    Why: cents for units, or a window that counts more conversions, change one column and not the
    other; a busy day changes both.

    Remedy: Compare units and definitions of both columns with yesterday's answer of the platform.
    """
    asked = question.rules("LVL-01")
    if not asked or question.day is None:
        return not_applicable("the contract names no ratio of measures")
    if question.published is None:
        return not_applicable("nothing was published yet")
    return [
        _ratio(question, ratio, rule.parameters.get("by", question.group), factor, least)
        for rule in asked
        for ratio in rule.parameters["ratios"]
    ]


@policy(
    "LVL-02",
    family="levels",
    phase="run_time",
    parameters={
        "factor": Parameter(
            default=20.0,
            order=AT_MOST,
            description="How many times its highest published day one thing's day may be.",
        ),
        "least": Parameter(
            default=2000, order=AT_MOST, description="Up to which value nothing is judged."
        ),
    },
    declares={"measures": "which measures; default those that are counts or money"},
)
def one_thing_does_not_outgrow_itself(question: Question, *, factor: float, least: float) -> Asked:
    """LVL-02: no campaign's day is many times the highest that was ever published of it.

    Why: one campaign times fifty hides in a total, and takes the budget talk with it.

    Remedy: Look at the campaign on the platform's own page.
    """
    asked = question.rules("LVL-02")
    if not asked or question.day is None:
        return not_applicable("the contract names no measures of one thing")
    if question.published is None:
        return not_applicable("nothing was published yet")
    names = [name for name in asked[0].parameters["measures"] if name in question.shared]
    relation = things(question, names, question.names)
    return [
        Check(
            relation=relation,
            wrong=f"{name}__days >= {ENOUGH_DAYS} and {name}__peak > {factor} * {name}{BEFORE}"
            f" and {name}__peak > {least}",
            what=f"{name} of one thing stays below {factor:g} times its highest day",
            column=name,
        )
        for name in names
    ]


@policy(
    "LVL-03",
    family="levels",
    phase="run_time",
    parameters={
        "least_expected": Parameter(
            default=30.0,
            order=AT_MOST,
            description="From how many expected events their complete absence is no accident.",
        )
    },
    declares={
        "events": "list of {of, per}: what is counted, and what it usually follows",
        "by": "columns whose days are judged; default the key without its last id",
    },
)
def events_do_not_stop(question: Question, *, least_expected: float) -> Asked:
    """LVL-03: what usually follows from clicks does not stop while clicks go on.

    Why: a pixel that fell off a page reports zero conversions, without any error.

    Remedy: Check the tag on the website; a source that was switched off needs a waiver once.
    """
    asked = question.rules("LVL-03")
    if not asked or question.day is None:
        return not_applicable("the contract names no events that follow others")
    if question.published is None:
        return not_applicable("nothing was published yet")
    return [
        _outage(question, event, rule.parameters.get("by", question.group), least_expected)
        for rule in asked
        for event in rule.parameters["events"]
    ]


@policy(
    "LVL-04",
    family="levels",
    phase="run_time",
    parameters={
        "least_values": Parameter(
            default=ENOUGH_VALUES,
            order=AT_MOST,
            description="From how many new values, all of them round, rounding is no accident.",
        )
    },
)
def figures_keep_their_resolution(question: Question, *, least_values: int) -> Asked:
    """LVL-04: a group's new figures are not all round where the published ones are not.

    Why: a sampled report is a tenth times ten, and spend rounded to whole units loses cents.

    Remedy: Ask the platform for unsampled, unrounded figures.
    """
    if question.published is None or question.day is None:
        return not_applicable("nothing dated was published yet")
    whole = [
        one.name
        for one in question.contract.columns
        if one.name in question.measures
        and one.name in question.shared
        and one.data_type.lower() in WHOLE
    ]
    if not whole:
        return not_applicable("no measure holds whole numbers")
    relation = roundness(question, whole, STEPS, question.group)
    return [
        Check(
            relation=relation,
            wrong=f"{name}__new >= {least_values} and {name}__new_{step} = {name}__new"
            f" and {name}__old >= {least_values} and {name}__old_{step} <= 0.5 * {name}__old",
            what=f"{name} is not all multiples of {step:,}",
            column=name,
        )
        for name in whole
        for step in STEPS
    ]


@policy(
    "LVL-05",
    family="levels",
    phase="run_time",
    severity="warn",
    parameters={
        "least_share": Parameter(
            default=0.5,
            order=AT_LEAST,
            description="Least share of a rate's earlier value that its last weeks may have.",
        )
    },
    declares={
        "events": "list of {of, per}: what is counted, and what it usually follows",
        "by": "columns that are judged; default the key without its last id",
    },
)
def rates_do_not_drift_away(question: Question, *, least_share: float) -> Asked:
    """LVL-05: over weeks, a rate does not lose half of what it was.

    Why: a tag that fails in one browser after the other is never an outage on any day.

    Remedy: Compare by device and browser in web analytics; if the business really declines, say
    so to the readers.
    """
    asked = question.rules("LVL-05")
    if not asked or question.day is None:
        return not_applicable("the contract names no rate over weeks")
    relation = days(question, group_of(question, "LVL-05"))
    return [
        Check(
            relation=relation,
            wrong=f"{question.day} = last_day and {of}__early >= {ENOUGH_EVENTS}"
            f" and {per}__late > 0 and {per}__early > 0"
            f" and {of}__late / {per}__late < {least_share} * {of}__early / {per}__early",
            what=f"{of} per {per} keeps {least_share:.0%} of its rate",
            column=of,
        )
        for rule in asked
        for event in rule.parameters["events"]
        for of, per in [(event["of"], event["per"])]
    ]


def _ratio(
    question: Question, ratio: Mapping[str, object], by: Iterable[str], factor: float, least: float
) -> Check:
    of, per = str(ratio["of"]), str(ratio["per"])
    most = min(factor, float(str(ratio.get("factor", factor))))
    enough = min(least, float(str(ratio.get("least", least))))
    expected = f"({of}__base * {per}::double / {per}__base)"
    return Check(
        relation=days(question, tuple(by)),
        wrong=f"base_days >= {ENOUGH_DAYS} and {of} is distinct from {of}{BEFORE} and {of} > 0"
        f" and {per} >= {enough} and {per}__base >= {enough} and {of}__base > 0"
        f" and ({of} > {most} * {expected} or {of} < {expected} / {most})",
        what=f"{of} per {per} stays within {most:g} times its usual value",
        column=of,
    )


def _outage(
    question: Question, event: Mapping[str, str], by: Iterable[str], least_expected: float
) -> Check:
    of, per = event["of"], event["per"]
    return Check(
        relation=days(question, tuple(by)),
        wrong=f"is_settled and base_days >= {ENOUGH_DAYS} and {per}__base > 0"
        f" and {per} * {of}__base / {per}__base >= {least_expected}"
        f" and coalesce({of}, 0) = 0 and ({of}{BEFORE} is null or {of}{BEFORE} > 0)",
        what=f"{of} goes on while {per} does",
        column=of,
    )


POLICIES = (
    ratios_keep_their_size,
    one_thing_does_not_outgrow_itself,
    events_do_not_stop,
    figures_keep_their_resolution,
    rates_do_not_drift_away,
)
