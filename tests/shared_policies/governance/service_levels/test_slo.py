"""Error budgets in days, and rules that can fire."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_policies.governance.service_levels.sli import Measurement, Standing
from shared_policies.governance.service_levels.slo import (
    Budget,
    Burning,
    BurnRule,
    RuleCannotFire,
    budget,
    burn_rules,
    largest_burn,
)
from tests.shared_policies.governance.service_levels.promises import utc

TARGETS = st.integers(min_value=1, max_value=999).map(lambda tenths: tenths / 1000)
KEPT, MISSED, PENDING = Standing.KEPT, Standing.MISSED, Standing.PENDING


def days(*standings: Standing) -> list[Measurement]:
    return [
        Measurement(
            port="marketing/spend",
            level="latency",
            due_day=date(2026, 10, 1) + timedelta(days=offset),
            due_at=utc("2026-10-02 08:00"),
            standing=standing,
            measured=None,
            promised=9.0,
            unit="hours",
            observed="",
        )
        for offset, standing in enumerate(standings)
    ]


@pytest.mark.parametrize(("target", "percent"), [(0.90, 33), (0.95, 67), (0.99, 333)])
def test_one_missed_day_spends_what_the_target_makes_it_worth(target: float, percent: int):
    spent = budget(days(*[KEPT] * 29, MISSED), target=target).spent
    assert round(100 * spent) == percent


def test_days_that_are_not_decided_spend_nothing():
    found = budget(days(KEPT, MISSED, PENDING, Standing.NOT_APPLICABLE), target=0.9)
    assert found.missed == (False, True)


def test_what_was_missed_more_than_a_period_ago_is_forgiven():
    found = budget(days(MISSED, MISSED, *[KEPT] * 30), target=0.9)
    assert found.burning is Burning.WHOLE


def test_the_usual_threshold_of_14_4_is_refused_where_it_could_never_fire():
    with pytest.raises(RuleCannotFire, match=r"14\.4 cannot be asked at a target of 0\.9.*is 10"):
        BurnRule(
            burning=Burning.FAST,
            target=0.9,
            long_days=3,
            short_days=1,
            threshold=Fraction("14.4"),
        )


def test_a_rule_that_needs_every_single_day_to_be_missed_is_refused():
    with pytest.raises(RuleCannotFire):
        BurnRule(
            burning=Burning.FAST, target=0.95, long_days=3, short_days=1, threshold=Fraction(20)
        )


@pytest.mark.parametrize("target", [0.0, 1.0, 1.5, -0.1])
def test_a_target_without_a_budget_is_refused(target: float):
    with pytest.raises(RuleCannotFire, match="leaves no budget"):
        budget(days(KEPT), target=target)


@settings(deadline=None)
@given(target=TARGETS)
def test_every_derived_rule_fires_when_every_day_is_missed_and_below_the_largest_burn(
    target: float,
):
    everything = Budget(target=target, period_days=30, missed=(True,) * 30)
    assert everything.burn(7) == largest_burn(target)
    rules = burn_rules(target)
    assert {rule.burning for rule in rules} == {Burning.FAST, Burning.SLOWLY}
    for rule in rules:
        assert rule.threshold < largest_burn(target)
        assert rule.fires(everything)


@settings(deadline=None)
@given(target=TARGETS, missed=st.lists(st.booleans(), max_size=40), day=st.integers(0, 39))
def test_missing_one_more_day_never_makes_a_budget_look_better(
    target: float, missed: list[bool], day: int
):
    worse = [one or position == day for position, one in enumerate(missed)]
    before = Budget(target=target, period_days=30, missed=tuple(missed)[-30:])
    after = Budget(target=target, period_days=30, missed=tuple(worse)[-30:])
    assert after.spent >= before.spent
    assert after.burning >= before.burning


@pytest.mark.parametrize(
    ("target", "missed_of_the_last_days", "expected"),
    [
        (0.90, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1], Burning.TOUCHED),  # a third of the budget
        (0.90, [0, 0, 0, 0, 0, 0, 0, 0, 1, 1], Burning.FAST),  # two thirds, in three days
        (0.90, [0, 1, 0, 0, 0, 0, 0, 1, 0, 0], Burning.SLOWLY),  # two thirds, in two weeks
        (0.90, [1, 0, 0, 0, 1, 0, 0, 0, 0, 1], Burning.EXHAUSTED),
        (0.95, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1], Burning.FAST),
        (0.99, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1], Burning.EXHAUSTED),
    ],
)
def test_a_budget_says_how_fast_it_goes(
    target: float, missed_of_the_last_days: list[int], expected: Burning
):
    missed = (False,) * 20 + tuple(map(bool, missed_of_the_last_days))
    assert Budget(target=target, period_days=30, missed=missed).burning is expected


def test_a_fast_burn_is_over_once_a_day_is_kept_again():
    missed = (False,) * 27 + (True, True, False)
    assert Budget(target=0.9, period_days=30, missed=missed).burning is Burning.SLOWLY
