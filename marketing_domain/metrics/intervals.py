"""From a sample of people to a figure about all of them, with a 95 % interval.

Belongs here: estimates of means, shares and net promoter scores, of association, plain values.
Does not: which answers (products), which questions (a survey's declaration).

Methods: a mean by Student's t; a share by Wilson's score (Wilson 1927; Brown, Cai & DasGupta 2001);
a net promoter score as the difference of two multinomial shares, by an adjusted Wald interval with
three answers added, which holds its level where scores are near an end (Rocks 2016, The American
Statistician 70:4). Every interval ends where the figure itself cannot go further.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

LEVEL = 0.95
# The two-sided quantile of the normal distribution at LEVEL.
Z = 1.959963984540054
NPS_PROMOTER, NPS_PASSIVE = 9, 7
# Detractors, passives and promoters that are added before a score's variance is taken.
ADDED = (0.75, 1.5, 0.75)
FEWEST_PAIRS = 30
Direction = Literal["as_declared", "reversed", "unclear", "not_checked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """`low` to `high` holds the figure of all people in 95 of 100 samples of `n`.

    Only a mean has a `standard_error`: the other intervals are not made of one.
    """

    n: int
    point: float
    low: float
    high: float
    standard_error: float | None = None


def aligned(score: int, *, low: int, high: int, best: int) -> int:
    """The step with the best end on top, whatever end was best where it was asked."""
    return score if best == high else low + high - score


def nps(scores: Sequence[int]) -> Estimate:
    """Net promoter score of answers from 0 to 10, in points from -100 to 100.

    Raises:
        ValueError: there is no answer, or one that is not from 0 to 10.
    """
    if not scores or not all(0 <= one <= 10 for one in scores):  # noqa: PLR2004  the scale
        raise ValueError("a net promoter score needs answers from 0 to 10")
    n = len(scores)
    promoters = sum(one >= NPS_PROMOTER for one in scores)
    detractors = sum(one < NPS_PASSIVE for one in scores)
    point = (promoters - detractors) / n
    total = n + sum(ADDED)
    more, less = (promoters + ADDED[2]) / total, (detractors + ADDED[0]) / total
    centre = more - less
    half = Z * math.sqrt((more + less - centre**2) / total)
    low, high = max(-1.0, min(centre - half, point)), min(1.0, max(centre + half, point))
    return Estimate(n=n, point=100 * point, low=100 * low, high=100 * high)


def mean(scores: Sequence[int], *, low: int, high: int) -> Estimate:
    """Mean of steps on a scale from `low` to `high`; of a single answer nothing but the scale.

    Raises:
        ValueError: there is no answer, or one outside of the scale.
    """
    if not scores or not all(low <= one <= high for one in scores):
        raise ValueError(f"a mean needs answers from {low} to {high}")
    n = len(scores)
    point = sum(scores) / n
    if n == 1:
        return Estimate(n=n, point=point, low=float(low), high=float(high))
    variance = sum((one - point) ** 2 for one in scores) / (n - 1)
    standard_error = math.sqrt(variance / n)
    half = _t_quantile(n - 1) * standard_error
    return Estimate(
        n=n,
        point=point,
        low=max(point - half, low),
        high=min(point + half, high),
        standard_error=standard_error,
    )


def share(count: int, n: int) -> Estimate:
    """`count` of `n` as a share from 0 to 1.

    Raises:
        ValueError: nobody was asked, or more than were asked are counted.
    """
    if not 0 <= count <= n or n == 0:
        raise ValueError(f"{count} of {n} is no share")
    point = count / n
    centre = (count + Z**2 / 2) / (n + Z**2)
    half = Z / (n + Z**2) * math.sqrt(count * (n - count) / n + Z**2 / 4)
    low, high = max(0.0, min(centre - half, point)), min(1.0, max(centre + half, point))
    return Estimate(n=n, point=point, low=low, high=high)


def correlation(pairs: Sequence[tuple[int, int]]) -> float | None:
    """Pearson's, of two answers by the same people; None where one of them never differs."""
    n = len(pairs)
    if n == 0:
        return None
    mean_left = sum(left for left, _ in pairs) / n
    mean_right = sum(right for _, right in pairs) / n
    products = sum((left - mean_left) * (right - mean_right) for left, right in pairs)
    squares = sum((left - mean_left) ** 2 for left, _ in pairs)
    squares_right = sum((right - mean_right) ** 2 for _, right in pairs)
    if squares == 0 or squares_right == 0:
        return None
    return max(-1.0, min(1.0, products / math.sqrt(squares * squares_right)))


def direction(pairs: Sequence[tuple[int, int]]) -> Direction:
    """Whether a scale runs as declared, from its answers beside those of its anchor.

    Both aligned, people who like one thing like the other: the correlation is positive. It is
    certainly negative, its whole interval (Fisher's z) below zero, if the scale was printed the
    other way round; and people who agree with nothing are no such proof.
    """
    found = correlation(pairs)
    if len(pairs) < FEWEST_PAIRS or found is None:
        return "unclear"
    if abs(found) == 1.0:
        return "as_declared" if found > 0 else "reversed"
    half = Z / math.sqrt(len(pairs) - 3)
    centre = math.atanh(found)
    if centre + half < 0:
        return "reversed"
    return "as_declared" if centre - half > 0 else "unclear"


@cache
def _t_quantile(degrees: int) -> float:
    from scipy.special import stdtrit  # noqa: PLC0415  0.3 s that a load need not pay

    return float(stdtrit(degrees, 1 - (1 - LEVEL) / 2))
