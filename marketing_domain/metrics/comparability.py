"""From two definitions to a verdict: comparable, comparable after named steps, or not, and why.

Belongs here: the facets in which definitions differ and what removes a difference. Does not: the
definitions themselves, or a single pair of metrics by name: nothing here is written by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketing_domain.metrics.definition import MetricDefinition

Outcome = Literal["comparable", "comparable_after", "not_comparable"]
Value = str | int | None
REPORTING = "reporting"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A named transformation of one definition: `facet` becomes `value`.

    `exact` says that every day comes out right. Sharing a day out by the hours of its clicks adds
    and loses nothing but guesses at the edges; summing to weeks leaves those hours where they are.
    """

    name: str
    facet: str
    value: Value
    exact: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`left_steps` and `right_steps` are what each side needs; `reasons` why none help."""

    outcome: Outcome
    left_steps: tuple[Step, ...] = ()
    right_steps: tuple[Step, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def steps(self) -> tuple[str, ...]:
        """The names of all steps, each once, in the order of the facets."""
        order = [facet.name for facet in FACETS] + [PERIOD]
        both = sorted((*self.left_steps, *self.right_steps), key=lambda one: order.index(one.facet))
        return tuple(dict.fromkeys(step.name for step in both))

    @property
    def exact(self) -> bool:
        return all(step.exact for step in (*self.left_steps, *self.right_steps))

    def reversed(self) -> Verdict:
        return Verdict(
            outcome=self.outcome,
            left_steps=self.right_steps,
            right_steps=self.left_steps,
            reasons=self.reasons,
        )


@dataclass(frozen=True, slots=True)
class Facet:
    """One respect in which definitions differ.

    `reach` are the values to which a definition can be brought, best first, its own excluded;
    `step` names the way there; `reason` says in a marketer's words why two cannot meet; `exact`
    whether the way there is.
    """

    name: str
    reach: Callable[[MetricDefinition], tuple[Value, ...]]
    step: Callable[[MetricDefinition, Value], str]
    reason: Callable[[Value, Value], str]
    exact: Callable[[MetricDefinition], bool] = lambda _: True


def _nowhere(_: MetricDefinition) -> tuple[Value, ...]:
    return ()


def _fixed(name: str, words: str) -> Facet:
    def reason(left: Value, right: Value) -> str:
        return f"{words}: one is {_said(left)}, the other {_said(right)}"

    return Facet(name, _nowhere, lambda _, value: str(value), reason)


def _window(name: str, words: str, reach: Callable[[MetricDefinition], tuple[Value, ...]]) -> Facet:
    def step(_: MetricDefinition, value: Value) -> str:
        return f"leave out {words}" if value is None else f"limit to {value} days after {words}"

    def reason(left: Value, right: Value) -> str:
        return f"{words} are counted for {_days(left)} by one and for {_days(right)} by the other"

    return Facet(name, reach, step, reason)


def _click_windows(one: MetricDefinition) -> tuple[Value, ...]:
    return tuple(sorted(one.levers.click_windows, reverse=True))


def _without_views(one: MetricDefinition) -> tuple[Value, ...]:
    return (None,) if one.levers.without_views else ()


def _without_engaged_views(one: MetricDefinition) -> tuple[Value, ...]:
    return (None,) if one.levers.without_engaged_views else ()


FACETS = (
    _fixed("quantity", "they are different quantities"),
    _fixed("event", "they count different events"),
    _window("click_window_days", "clicks", _click_windows),
    _window("engaged_view_window_days", "engaged views", _without_engaged_views),
    _window("view_window_days", "views", _without_views),
    Facet(
        "counting",
        lambda one: one.levers.counting,
        lambda _, value: f"count {_said(value)}",
        lambda left, right: f"one counts {_said(left)}, the other {_said(right)}",
    ),
    _fixed("credit_rule", "they give credit differently"),
    Facet(
        "date_basis",
        lambda one: one.levers.date_bases,
        lambda _, value: f"date at the {value}",
        lambda left, right: f"one is dated at the {left}, the other at the {right}",
    ),
    Facet(
        "unit",
        lambda one: ("micros",) if one.is_money else (),
        lambda *_: "write money in whole micros",
        lambda left, right: f"one is in {_said(left)}, the other in {_said(right)}",
    ),
    Facet(
        "currency",
        lambda one: (REPORTING,) if one.is_money else (),
        lambda *_: "convert to the reporting currency at dated rates",
        lambda left, right: f"currencies differ: {_said(left)} and {_said(right)}",
    ),
    Facet(
        "time_zone",
        lambda one: (REPORTING,) if one.levers.by_hour or one.levers.by_clicks else (),
        lambda one, _: (
            "rebuild the reporting day from hours"
            if one.levers.by_hour
            else "share days out by the hours of clicks"
        ),
        lambda left, right: f"days start in {_said(left)} and in {_said(right)}",
        exact=lambda one: one.levers.by_hour,
    ),
)
PERIOD = "period"
PERIODS = ("day", "week", "month")


def compare(left: MetricDefinition, right: MetricDefinition) -> Verdict:
    """How far `left` and `right` may be put side by side, added or subtracted."""
    left_steps: list[Step] = []
    right_steps: list[Step] = []
    reasons: list[str] = []
    days_apart = False
    for facet in FACETS:
        ours, theirs = getattr(left, facet.name), getattr(right, facet.name)
        if ours == theirs or (facet.name == "time_zone" and left.period == right.period != "day"):
            continue
        met = _meeting(facet, left, right)
        if met is not None:
            value = met[0]
            left_steps += _way(facet, left, value)
            right_steps += _way(facet, right, value)
        elif facet.name == "time_zone":
            days_apart = True
        else:
            reasons.append(facet.reason(ours, theirs))
            if facet.name in {"quantity", "event"}:
                break  # of different things no further difference is worth naming
    period = _common_period(left, right, days_apart=days_apart)
    if period is None and not reasons:
        reasons.append(f"one is of whole {left.period}s, the other of whole {right.period}s")
    if reasons or period is None:
        return Verdict(outcome="not_comparable", reasons=tuple(reasons))
    left_steps += _whole(left, period)
    right_steps += _whole(right, period)
    return Verdict(
        outcome="comparable_after" if left_steps or right_steps else "comparable",
        left_steps=tuple(left_steps),
        right_steps=tuple(right_steps),
    )


def apply(definition: MetricDefinition, steps: tuple[Step, ...]) -> MetricDefinition:
    """The definition of the number after `steps`; their order does not matter."""
    changed = definition
    for step in steps:
        levers = changed.levers
        if step.facet == "click_window_days" and isinstance(step.value, int):
            shorter = tuple(days for days in levers.click_windows if days <= step.value)
            levers = levers.model_copy(update={"click_windows": shorter})
        changed = changed.model_copy(update={step.facet: step.value, "levers": levers})
    return changed


def _common_period(left: MetricDefinition, right: MetricDefinition, *, days_apart: bool) -> Value:
    """The shortest period that both add up to; None for weeks and months, which share no end.

    Days that cannot be moved (`days_apart`) still add up to weeks that nearly coincide.
    """
    if {left.period, right.period} == {"week", "month"}:
        return None
    longer = max(left.period, right.period, key=PERIODS.index)
    return "week" if longer == "day" and days_apart else longer


def _whole(one: MetricDefinition, period: Value) -> list[Step]:
    if one.period == period:
        return []
    return [Step(name=f"compare whole {period}s", facet=PERIOD, value=period, exact=False)]


def _meeting(facet: Facet, left: MetricDefinition, right: MetricDefinition) -> tuple[Value] | None:
    """The first value that both can have, in a tuple since None is a value; None without one."""
    ours = (getattr(left, facet.name), *facet.reach(left))
    theirs = (getattr(right, facet.name), *facet.reach(right))
    common = [value for value in ours if value in theirs]
    if not common:
        return None
    if facet.name == "click_window_days":
        return (max(value for value in common if isinstance(value, int)),)
    # By both sides alike, so that the verdict does not depend on who is asked first.
    return (min(common, key=lambda value: (ours.index(value) + theirs.index(value), str(value))),)


def _way(facet: Facet, one: MetricDefinition, value: Value) -> list[Step]:
    if getattr(one, facet.name) == value:
        return []
    step = facet.step(one, value)
    return [Step(name=step, facet=facet.name, value=value, exact=facet.exact(one))]


def _said(value: Value) -> str:
    return "not known" if value is None else str(value).replace("_", " ")


def _days(value: Value) -> str:
    return "no time at all" if value is None else f"{value} days"
