"""Intervals hold what they say they hold, and are what people mean by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing_domain.metrics.intervals import (
    Estimate,
    aligned,
    correlation,
    direction,
    mean,
    nps,
    share,
)

if TYPE_CHECKING:
    from collections.abc import Callable

GRADES = st.lists(st.integers(0, 10), min_size=1, max_size=200)
STEPS = st.lists(st.integers(1, 5), min_size=2, max_size=200)
PAIRS = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 10)), min_size=2, max_size=100)
SAMPLES, PEOPLE = 1_500, 60


def test_a_score_is_promoters_less_detractors():
    # 4 of 10 give 9 or 10, 3 give at most 6.
    assert nps([10, 9, 9, 10, 8, 7, 7, 6, 0, 3]).point == pytest.approx(10.0)


def test_wilson_s_interval_is_the_one_of_the_textbook():
    # Brown, Cai and DasGupta: 0 of 10 goes up to z² / (n + z²) = 3.8415 / 13.8415.
    found = share(0, 10)
    assert (found.low, found.high) == (0.0, pytest.approx(0.27753, abs=1e-5))


def test_a_mean_s_interval_is_student_s():
    # 1 to 5: mean 3, variance 2.5, and the t quantile of 4 degrees is 2.776.
    found = mean([1, 2, 3, 4, 5], low=1, high=5)
    assert found.point == 3.0
    assert found.high - found.point == pytest.approx(2.776445 * (2.5 / 5) ** 0.5, abs=1e-5)


def _held(draw: Callable[[np.random.Generator], Estimate], truth: float) -> float:
    luck = np.random.default_rng(5)
    found = [draw(luck) for _ in range(SAMPLES)]
    return float(np.mean([one.low <= truth <= one.high for one in found]))


@pytest.mark.parametrize("feels", [3.0, 6.5, 8.0, 9.8])
def test_a_score_s_interval_holds_the_truth_in_95_of_100_samples(feels: float):
    everybody = np.random.default_rng(1).normal(feels, 2.0, 400_000).round().clip(0, 10)
    truth = 100 * float((everybody >= 9).mean() - (everybody <= 6).mean())

    def draw(luck: np.random.Generator) -> Estimate:
        return nps(luck.choice(everybody, PEOPLE).astype(int).tolist())

    assert 0.93 <= _held(draw, truth) <= 0.985


def test_a_mean_s_interval_holds_the_truth_in_95_of_100_samples():
    odds = [0.05, 0.1, 0.2, 0.35, 0.3]
    truth = float(np.dot(odds, range(1, 6)))

    def draw(luck: np.random.Generator) -> Estimate:
        return mean(luck.choice(range(1, 6), PEOPLE, p=odds).tolist(), low=1, high=5)

    assert 0.935 <= _held(draw, truth) <= 0.965


@pytest.mark.parametrize("truth", [0.02, 0.3, 0.9])
def test_a_share_s_interval_holds_the_truth_in_95_of_100_samples(truth: float):
    def draw(luck: np.random.Generator) -> Estimate:
        return share(int(luck.binomial(PEOPLE, truth)), PEOPLE)

    assert 0.925 <= _held(draw, truth) <= 0.985


@given(GRADES)
def test_a_score_lies_in_its_interval_and_both_on_the_scale(grades: list[int]):
    found = nps(grades)
    assert -100 <= found.low <= found.point <= found.high <= 100


@given(STEPS)
def test_a_mean_lies_in_its_interval_and_both_on_the_scale(steps: list[int]):
    found = mean(steps, low=1, high=5)
    assert 1 <= found.low <= found.point + 1e-12
    assert found.point - 1e-12 <= found.high <= 5


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_share_and_what_is_left_of_it_mirror_each_other(count: int, others: int):
    if count + others == 0:
        return
    ours, theirs = share(count, count + others), share(others, count + others)
    assert ours.low == pytest.approx(1 - theirs.high)
    assert ours.point == pytest.approx(1 - theirs.point)


@given(GRADES)
def test_a_score_turned_round_has_the_mirrored_interval(grades: list[int]):
    """Everybody who would promote detracts: 9 and 10 become 0 and 1, up to 6 becomes from 9 on."""
    turned = [0 if one >= 9 else 10 if one <= 6 else 8 for one in grades]
    found, mirrored = nps(grades), nps(turned)
    assert mirrored.point == pytest.approx(-found.point)
    assert (mirrored.low, mirrored.high) == (pytest.approx(-found.high), pytest.approx(-found.low))


@given(STEPS, st.integers(2, 9), st.integers(-20, 20))
def test_a_mean_on_a_stretched_scale_is_stretched_with_its_interval(
    steps: list[int], factor: int, shift: int
):
    found = mean(steps, low=1, high=5)
    other = mean(
        [factor * one + shift for one in steps], low=factor + shift, high=5 * factor + shift
    )
    for name in ("point", "low", "high"):
        assert getattr(other, name) == pytest.approx(factor * getattr(found, name) + shift)


@given(STEPS)
def test_a_scale_with_1_for_best_is_mirrored_about_its_middle(steps: list[int]):
    turned = [aligned(one, low=1, high=5, best=1) for one in steps]
    assert [aligned(one, low=1, high=5, best=1) for one in turned] == steps
    assert mean(turned, low=1, high=5).point == pytest.approx(6 - mean(steps, low=1, high=5).point)


@given(PAIRS)
def test_turning_a_scale_round_turns_its_correlation(pairs: list[tuple[int, int]]):
    found = correlation(pairs)
    turned = correlation([(6 - left, right) for left, right in pairs])
    assert (found is None) == (turned is None)
    if found is not None:
        assert turned == pytest.approx(-found, abs=1e-9)


def _people(*, reversed_scale: bool, count: int) -> list[tuple[int, int]]:
    luck = np.random.default_rng(3)
    feels = luck.normal(7.5, 2.2, count)
    grades = feels.round().clip(0, 10).astype(int).tolist()
    steps = (feels / 2 + luck.normal(0, 0.8, count)).round().clip(1, 5).astype(int).tolist()
    return [
        (6 - one if reversed_scale else one, grade)
        for one, grade in zip(steps, grades, strict=True)
    ]


def test_a_scale_that_was_printed_the_other_way_round_is_found_out():
    assert direction(_people(reversed_scale=True, count=60)) == "reversed"
    assert direction(_people(reversed_scale=False, count=60)) == "as_declared"


def test_a_few_people_are_no_proof_of_a_reversed_scale():
    assert direction(_people(reversed_scale=True, count=20)) == "unclear"


def test_people_who_all_say_the_same_are_no_proof_either():
    assert direction([(5, grade % 11) for grade in range(100)]) == "unclear"


@pytest.mark.parametrize(
    "impossible",
    [
        lambda: nps([]),
        lambda: nps([11]),
        lambda: mean([0], low=1, high=5),
        lambda: share(3, 2),
        lambda: share(0, 0),
    ],
)
def test_figures_of_nobody_and_of_impossible_answers_are_refused(
    impossible: Callable[[], Estimate],
):
    with pytest.raises(ValueError):  # noqa: PT011  each says its own
        impossible()
