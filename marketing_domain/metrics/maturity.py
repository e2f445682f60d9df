"""How young days grow up: the final figure of a day that is not final, with an interval.

Belongs here: development by age and what it predicts; plain values. Does not: reading what was
known when (restatements), or any platform's windows.

The method is a chain ladder for the pattern of development (volume-weighted factors from age to
age, England & Verrall 2002) and Bornhuetter-Ferguson for the level: what is still to come of a
day is its expected conversions, from its clicks and what is known of it so far, times the share
that days of its age do not show yet. Counts are over-dispersed Poisson, so the future of a day is
negative binomial.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

LEVEL = 0.8
# Below this expected rest a day is as good as final: even an interval of no width would hold it
# far more often than LEVEL.
WORTH_ESTIMATING = 0.15
FEWEST_DAYS_PER_AGE = 5
# A campaign's own rate of conversions per click is drawn to that of its group by as much as this
# many conversions would: few say little.
PRIOR_CONVERSIONS = 10.0
MOST_ALIKE = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDay:
    """One campaign's day by age: `known[k]` is its figure k whole days after the day's end.

    NaN where nobody looked. `clicks` is the latest known number. Days of one `group` (an account)
    develop alike.
    """

    group: tuple[str, ...]
    campaign_id: str
    day: date
    clicks: float
    known: Numbers

    @property
    def age(self) -> int:
        """The oldest age at which it is known; -1 if at none."""
        ages = np.flatnonzero(~np.isnan(self.known))
        return int(ages[-1]) if len(ages) else -1

    @property
    def latest(self) -> float:
        return float(self.known[self.age])


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Of the final figure; `low` to `high` holds it in 80 of 100 cases."""

    age: int
    known: float
    developed_share: float
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Development:
    """Of one group: `shares[k]` of the final figure is shown at age k.

    `dispersion` is variance over mean of what comes from one age to the next, at least 1.
    """

    shares: Numbers
    dispersion: float


def estimates(
    days: Iterable[CampaignDay], *, final_age: int
) -> Mapping[tuple[str, ...], list[tuple[CampaignDay, Estimate]]]:
    """By group, every day younger than `final_age` of which something is still to come.

    A group of which some age was seen on fewer than five days is not estimated at all.
    """
    groups: dict[tuple[str, ...], list[CampaignDay]] = defaultdict(list)
    for one in days:
        if one.age >= 0:
            groups[one.group].append(one)
    found = {}
    for group, members in groups.items():
        development = _development(members, final_age)
        if development is not None:
            found[group] = _of_group(members, development, final_age)
    return found


def _of_group(
    members: Sequence[CampaignDay], development: Development, final_age: int
) -> list[tuple[CampaignDay, Estimate]]:
    rates = _rates(members, development)
    ages = np.array([min(one.age, final_age) for one in members])
    shares, known = development.shares[ages], np.array([one.latest for one in members])
    expected = np.array([one.clicks * rates[one.campaign_id] for one in members])
    # What is known of a day says how good a day it was, as far as days differ by more than luck.
    weight = _likeness(known, expected * shares, development.dispersion)
    level = (weight + known) / (weight + expected * shares)
    future = expected * level * (1 - shares)
    variance = development.dispersion * future + future**2 / (weight + known)
    is_young = (ages < final_age) & (future >= WORTH_ESTIMATING)
    young = [one for one, is_so in zip(members, is_young, strict=True) if is_so]
    if not young:
        return []
    shares, known, future = shares[is_young], known[is_young], future[is_young]
    low, high = _interval(future, variance[is_young])
    return [
        (
            one,
            Estimate(
                age=one.age,
                known=float(known[index]),
                developed_share=float(shares[index]),
                mean=float(known[index] + future[index]),
                low=float(known[index] + low[index]),
                high=float(known[index] + high[index]),
            ),
        )
        for index, one in enumerate(young)
    ]


def _development(members: Sequence[CampaignDay], final_age: int) -> Development | None:
    known = np.array([one.known[: final_age + 1] for one in members])
    before, after = known[:, :-1], known[:, 1:]
    both = ~np.isnan(before) & ~np.isnan(after)
    days = np.array([one.day.toordinal() for one in members])
    seen = [len(np.unique(days[both[:, age]])) for age in range(final_age)]
    totals_before = np.where(both, before, 0).sum(axis=0)
    totals_after = np.where(both, after, 0).sum(axis=0)
    if min(seen) < FEWEST_DAYS_PER_AGE or not totals_before.all():
        return None
    factors = totals_after / totals_before
    shares = np.append(1 / np.cumprod(factors[::-1])[::-1], 1.0)
    growth = np.where(both, after - before, np.nan)
    expected = np.where(both, before * (factors - 1), np.nan)
    usable = both & (expected > 0)
    pearson = ((growth - expected) ** 2)[usable].sum() / expected[usable].sum()
    return Development(np.clip(shares, 0.0, 1.0), max(1.0, float(pearson)))


def _rates(members: Sequence[CampaignDay], development: Development) -> Mapping[str, float]:
    """Final conversions per click of each campaign (Cape Cod): known over clicks as developed."""
    known: dict[str, float] = defaultdict(float)
    clicks: dict[str, float] = defaultdict(float)
    for one in members:
        age = min(one.age, len(development.shares) - 1)
        known[one.campaign_id] += one.latest
        clicks[one.campaign_id] += one.clicks * development.shares[age]
    of_group = sum(known.values()) / max(sum(clicks.values()), 1.0)
    pull = PRIOR_CONVERSIONS / of_group if of_group else 1.0
    return {name: (known[name] + of_group * pull) / (clicks[name] + pull) for name in known}


def _likeness(known: Numbers, expected: Numbers, dispersion: float) -> float:
    """How alike days of one campaign are: the shape of the gamma from which their levels come.

    By moments: what the counts vary more than `dispersion` explains is the levels' own variance.
    """
    excess = ((known - expected) ** 2 - dispersion * expected).sum()
    squares = (expected**2).sum()
    return float(squares / excess) if excess > squares / MOST_ALIKE else MOST_ALIKE


def _interval(mean: Numbers, variance: Numbers) -> tuple[Numbers, Numbers]:
    """The counts between which a negative binomial lies with a probability nearest to LEVEL.

    Of a count, no interval has exactly that probability; the nearest may lie below or above it.
    """
    from scipy.stats import nbinom, poisson  # noqa: PLC0415  0.6 s that a load need not pay

    mean = np.maximum(mean, 1e-9)
    wide = variance > mean * 1.001
    size = np.where(wide, mean**2 / np.maximum(variance - mean, 1e-12), 1.0)
    odds = np.where(wide, size / (size + mean), 0.5)

    def below(count: Numbers) -> Numbers:
        dispersed = nbinom.cdf(count, size, odds)
        return np.asarray(np.where(wide, dispersed, poisson.cdf(count, mean)))

    tail = (1 - LEVEL) / 2
    first_low = np.where(wide, nbinom.ppf(tail, size, odds), poisson.ppf(tail, mean))
    first_high = np.where(wide, nbinom.ppf(1 - tail, size, odds), poisson.ppf(1 - tail, mean))
    best_low, best_high = first_low, first_high
    best_gap = np.full(mean.shape, np.inf)
    for up in (0, 1):
        for down in (0, 1):
            low, high = first_low + up, np.maximum(first_high - down, 0)
            chance = below(high) - below(low - 1)
            gap = np.where(low <= high, np.abs(chance - LEVEL), np.inf)
            better = gap < best_gap - 1e-12
            best_low = np.where(better, low, best_low)
            best_high = np.where(better, high, best_high)
            best_gap = np.where(better, gap, best_gap)
    return best_low, best_high
