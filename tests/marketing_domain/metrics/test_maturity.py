"""Estimates of young days against days whose end is known."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from marketing_domain.metrics.maturity import CampaignDay, estimates

FINAL_AGE = 28
FIRST = date(2026, 8, 1)
# A tenth of what is still to come arrives each day.
PATTERN = 1 - 0.9 ** np.arange(1, FINAL_AGE + 2)
PATTERN /= PATTERN[-1]


def world(*, days: int, seed: int, clicks: int = 400) -> tuple[list[CampaignDay], dict[date, int]]:
    """One campaign's days as known on the morning after the last; and what each came to."""
    luck = np.random.default_rng(seed)
    increments = np.diff(PATTERN, prepend=0.0)
    found, finals = [], {}
    for offset in range(days):
        final = int(luck.poisson(0.05 * clicks))
        known = np.cumsum(luck.multinomial(final, increments)).astype(float)
        age = days - 1 - offset
        known[age + 1 :] = np.nan
        day = FIRST + timedelta(days=offset)
        found.append(
            CampaignDay(group=("a",), campaign_id="c", day=day, clicks=clicks, known=known)
        )
        finals[day] = final
    return found, finals


def test_four_of_five_intervals_hold_what_the_day_came_to():
    held = []
    for seed in range(60):
        days, finals = world(days=60, seed=seed)
        for one, estimate in estimates(days, final_age=FINAL_AGE)["a",]:
            held.append(estimate.low <= finals[one.day] <= estimate.high)
    assert len(held) > 500
    # Whole numbers cannot be cut at exactly 80 in 100.
    assert 0.75 <= np.mean(held) <= 0.88


def test_estimates_are_right_on_average():
    estimated = came = 0.0
    for seed in range(60):
        days, finals = world(days=60, seed=seed)
        for one, estimate in estimates(days, final_age=FINAL_AGE)["a",]:
            estimated += estimate.mean
            came += finals[one.day]
    assert abs(estimated / came - 1) < 0.02


def test_an_estimate_is_never_below_what_is_already_known():
    days, _ = world(days=60, seed=1)
    for one, estimate in estimates(days, final_age=FINAL_AGE)["a",]:
        assert one.latest <= estimate.low <= estimate.high
        assert one.latest <= estimate.mean


def test_a_day_says_more_the_older_it_is():
    days, _ = world(days=60, seed=2)
    found = estimates(days, final_age=FINAL_AGE)["a",]
    by_age = sorted((estimate.age, estimate.developed_share) for _, estimate in found)
    shares = [share for _, share in by_age]
    assert shares == sorted(shares)
    assert abs(shares[0] - PATTERN[by_age[0][0]]) < 0.05


def test_days_without_a_history_are_not_estimated():
    days, _ = world(days=4, seed=3)
    assert estimates(days, final_age=FINAL_AGE) == {}
