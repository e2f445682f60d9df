"""Service level objectives: how much may be missed, how fast it is being used up.

Belongs here: error budgets and burn rates over days. Does not: what a missed day is (sli), whom to
tell (alerts).

A target t over a period of N days leaves a budget of N (1-t) missed days. A burn rate of 1 uses
it up in exactly N days. If every day is missed the rate is 1/(1-t), so at 0.90 it never exceeds
10: the 14.4 of the usual hourly rules could never fire. Thresholds are therefore derived from the
budget, and a rule that cannot fire is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from typing import TYPE_CHECKING

from shared_policies.governance.service_levels.sli import Measurement, Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

PERIOD_DAYS = 30
WINDOWS_DAYS = (1, 3, 7, 14, 30)
BUDGET_SHARE = Fraction(1, 2)


class RuleCannotFire(ValueError):
    """A burn-rate rule above what can happen, or a target that leaves no budget."""


class Burning(IntEnum):
    """How a budget stands. Ordered: the worst is the largest."""

    WHOLE = 0
    TOUCHED = 1
    SLOWLY = 2
    FAST = 3
    EXHAUSTED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnRule:
    """Fires while both windows burn at `threshold` or more: a lot is gone, and it still goes.

    Raises:
        RuleCannotFire: `threshold` is 1/(1-`target`) or more, or one of them makes no sense.
    """

    burning: Burning
    target: float
    long_days: int
    short_days: int
    threshold: Fraction

    def __post_init__(self) -> None:
        largest = largest_burn(self.target)
        if not 0 < self.threshold < largest:
            raise RuleCannotFire(
                f"a burn rate of {float(self.threshold):g} cannot be asked at a target of "
                f"{self.target:g}: if every day is missed it is {float(largest):g}. Choose a "
                "smaller share of the budget or a longer window."
            )
        if not 0 < self.short_days <= self.long_days:
            raise RuleCannotFire(
                f"the short window ({self.short_days} days) must not be longer than the long one "
                f"({self.long_days} days)."
            )

    def fires(self, budget: Budget) -> bool:
        windows = (self.long_days, self.short_days)
        return all(budget.burn(days) >= self.threshold for days in windows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The error budget of one level. `missed` says for each decided day, oldest first, if it was.

    At most the last `period_days` days count. A day that is not decided yet has spent nothing.
    """

    target: float
    period_days: int
    missed: tuple[bool, ...]

    @property
    def allowed_days(self) -> Fraction:
        return self.period_days * (1 - exact(self.target))

    @property
    def missed_days(self) -> int:
        return sum(self.missed[-self.period_days :])

    @property
    def spent(self) -> Fraction:
        """The share of the budget that is gone; above 1 where it is overdrawn."""
        return self.missed_days / self.allowed_days

    def burn(self, days: int) -> Fraction:
        """How many times faster than the target allows, over the last `days` decided days."""
        return Fraction(sum(self.missed[-days:]), days) / (1 - exact(self.target))

    @property
    def burning(self) -> Burning:
        """The worst that can be said of it."""
        if self.spent >= 1:
            return Burning.EXHAUSTED
        rules = burn_rules(self.target, period_days=self.period_days)
        fired = [rule.burning for rule in rules if rule.fires(self)]
        return max([Burning.TOUCHED if self.spent else Burning.WHOLE, *fired])


def budget(
    measured: Sequence[Measurement], *, target: float, period_days: int = PERIOD_DAYS
) -> Budget:
    """The budget of one level after its `measured` days.

    Raises:
        RuleCannotFire: `target` is not between 0 and 1, so that there is nothing to spend.
    """
    largest_burn(target)
    decided = [one for one in measured if one.standing in {Standing.KEPT, Standing.MISSED}]
    in_order = sorted(decided, key=lambda one: one.due_day)
    missed = tuple(one.standing is Standing.MISSED for one in in_order)
    return Budget(target=target, period_days=period_days, missed=missed[-period_days:])


def largest_burn(target: float) -> Fraction:
    """The burn rate if every day is missed: 1/(1-t).

    Raises:
        RuleCannotFire: `target` is not between 0 and 1.
    """
    if not 0 < target < 1:
        raise RuleCannotFire(
            f"a target of {target:g} leaves no budget to measure against: promise a share of days "
            "above 0 and below 1, such as 0.95."
        )
    return 1 / (1 - exact(target))


def burn_rules(target: float, *, period_days: int = PERIOD_DAYS) -> tuple[BurnRule, ...]:
    """The rules for `target`: half of the budget gone, within a short time and within a longer one.

    A share s of the budget in w days is a burn rate of s N / w; the short time is the shortest
    window in which that can happen at all. Each rule's short window is a third of its long one:
    when it is over, it is quiet again.
    """
    largest = largest_burn(target)
    thresholds = {
        days: BUDGET_SHARE * period_days / days for days in WINDOWS_DAYS if days <= period_days
    }
    possible = [days for days, threshold in thresholds.items() if threshold < largest]
    windows = {Burning.FAST: possible[0], Burning.SLOWLY: possible[min(2, len(possible) - 1)]}
    return tuple(
        BurnRule(
            burning=burning,
            target=target,
            long_days=days,
            short_days=max(1, days // 3),
            threshold=thresholds[days],
        )
        for burning, days in windows.items()
    )


def exact(share: float) -> Fraction:
    """The decimal that was written, not its nearest binary: 1 - 0.9 is a tenth."""
    return Fraction(str(share))
