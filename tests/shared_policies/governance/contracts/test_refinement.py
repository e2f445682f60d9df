"""The laws of "at least as strict as": three questions are answered by this one order."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_policies.governance.contracts.refinement import (
    AT_LEAST,
    AT_MOST,
    EQUAL,
    IF_SAID,
    LONGER,
    MUST,
    SHORTER,
    SUBSET,
    SUPERSET,
    Incomparable,
    Order,
    Ranked,
    loosened,
)

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

NUMBERS = st.none() | st.integers(-5, 5) | st.floats(-2, 2)
DURATIONS = st.integers(0, 5).map(lambda hours: timedelta(hours=hours))
SETS = st.frozensets(st.sampled_from("abcd"))
SEVERITY = Ranked(("audit", "warn", "error"))
ORDERS: dict[str, tuple[Order, SearchStrategy[Any]]] = {
    "equal": (EQUAL, st.sampled_from("abc")),
    "if said": (IF_SAID, st.none() | st.sampled_from("abc")),
    "at most": (AT_MOST, NUMBERS),
    "at least": (AT_LEAST, NUMBERS),
    "at most a day": (AT_MOST, st.dates(date(2026, 1, 1), date(2026, 1, 5))),
    "subset": (SUBSET, st.none() | SETS),
    "superset": (SUPERSET, SETS),
    "shorter": (SHORTER, DURATIONS),
    "longer": (LONGER, DURATIONS),
    "must": (MUST, st.booleans()),
    "ranked": (SEVERITY, st.sampled_from(SEVERITY.values)),
}


@pytest.fixture(params=ORDERS.values(), ids=ORDERS.keys())
def order(request: pytest.FixtureRequest) -> tuple[Order, SearchStrategy[Any]]:
    found: tuple[Order, SearchStrategy[Any]] = request.param
    return found


def three(values: SearchStrategy[Any]) -> SearchStrategy[tuple[Any, Any, Any]]:
    return st.tuples(values, values, values)


def test_a_value_is_as_strict_as_itself(order: tuple[Order, SearchStrategy[Any]]):
    strictness, values = order

    @given(values)
    def law(value: object) -> None:
        assert strictness.refines(value, value)

    law()


def test_stricter_than_the_stricter_is_stricter(order: tuple[Order, SearchStrategy[Any]]):
    strictness, values = order

    @given(three(values))
    def law(found: tuple[Any, Any, Any]) -> None:
        strictest, middle, loosest = found
        if strictness.refines(strictest, middle) and strictness.refines(middle, loosest):
            assert strictness.refines(strictest, loosest)

    law()


def test_two_values_as_strict_as_each_other_are_one(order: tuple[Order, SearchStrategy[Any]]):
    strictness, values = order

    @given(st.tuples(values, values))
    def law(pair: tuple[Any, Any]) -> None:
        one, other = pair
        if strictness.refines(one, other) and strictness.refines(other, one):
            assert one == other

    law()


PROMISES = st.fixed_dictionaries(
    {
        "latency": DURATIONS,
        "share": NUMBERS,
        "values": st.none() | SETS,
        "severity": st.sampled_from(SEVERITY.values),
    }
)
BY_NAME = {"latency": SHORTER, "share": AT_LEAST, "values": SUBSET, "severity": SEVERITY}


@given(PROMISES)
def test_nothing_is_looser_than_itself(promises: dict[str, Any]):
    assert loosened(promises, promises, BY_NAME) == []


@given(PROMISES, PROMISES)
def test_taking_back_what_was_loosened_leaves_nothing_loose(
    ours: dict[str, Any], floor: dict[str, Any]
):
    back = {one.name: one.floor for one in loosened(ours, floor, BY_NAME)}
    once = {**ours, **back}
    assert loosened(once, floor, BY_NAME) == []
    assert {**once, **{one.name: one.floor for one in loosened(once, floor, BY_NAME)}} == once


def test_both_values_are_shown_of_what_is_looser():
    (found,) = loosened({"latency": "PT12H"}, {"latency": "PT9H"}, {"latency": SHORTER})
    assert "PT12H" in str(found)
    assert "PT9H" in str(found)


def test_a_promise_that_is_gone_is_loosened_and_a_new_one_is_welcome():
    (gone,) = loosened({}, {"share": 0.9}, BY_NAME)
    assert (gone.name, gone.value) == ("share", None)
    assert loosened({"share": 0.9, "latency": "PT1H"}, {"share": 0.9}, BY_NAME) == []


def test_a_name_that_no_order_knows_is_refused_not_passed():
    with pytest.raises(Incomparable, match="shrae"):
        loosened({"shrae": 0.1}, {"share": 0.9}, BY_NAME)


@pytest.mark.parametrize(
    ("order", "value"),
    [
        (AT_MOST, float("nan")),
        (AT_MOST, "many"),
        (SHORTER, "PT5"),
        (SHORTER, "P1M"),
        (SHORTER, 5),
        (SUBSET, "open"),
        (SUPERSET, None),
        (SEVERITY, "eror"),
    ],
)
def test_a_value_that_the_order_does_not_know_is_refused_not_passed(order: Order, value: object):
    with pytest.raises(Incomparable):
        order.refines(value, value)
