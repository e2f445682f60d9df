"""One order, "at least as strict as", for every question of strictness.

It answers three: may a domain's value stand against the mesh's floor; does a new version of a
contract break its consumers; has something drifted. Belongs here: orders and their comparison.
Does not: which value has which order (policies, breaking).

Every order is reflexive, transitive and antisymmetric on the values it knows, and refuses those
it does not know: an answer about an unknown value would let something loose through.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from shared_policies.governance.contracts.model import duration_of


class Incomparable(ValueError):
    """A value that the order does not know: a mistake, and never a pass."""


class Order(ABC):
    """Which of two values is at least as strict as the other."""

    @abstractmethod
    def refines(self, stricter: Any, looser: Any) -> bool:  # noqa: ANN401  any kind of value
        """Whether `stricter` asks at least what `looser` asks.

        Raises:
            Incomparable: one of them is no value of this order.
        """


@dataclass(frozen=True, slots=True)
class _Equal(Order):
    def refines(self, stricter: object, looser: object) -> bool:
        return stricter == looser

    def __str__(self) -> str:
        return "must stay as it is"


@dataclass(frozen=True, slots=True)
class _IfSaid(Order):
    """What may be left open: None says nothing, so the loosest; what is said stays."""

    def refines(self, stricter: object, looser: object) -> bool:
        return looser is None or stricter == looser

    def __str__(self) -> str:
        return "once said, it must stay"


@dataclass(frozen=True, slots=True)
class _AtMost(Order):
    """A number or day as an upper bound; None is no bound, so the loosest."""

    def refines(self, stricter: object, looser: object) -> bool:
        ours, floor = _number(stricter), _number(looser)
        if floor is None:
            return True
        return ours is not None and not _is_less(floor, ours)

    def __str__(self) -> str:
        return "smaller is stricter"


@dataclass(frozen=True, slots=True)
class _AtLeast(Order):
    """A number or day as a lower bound; None is no bound, so the loosest."""

    def refines(self, stricter: object, looser: object) -> bool:
        ours, floor = _number(stricter), _number(looser)
        if floor is None:
            return True
        return ours is not None and not _is_less(ours, floor)

    def __str__(self) -> str:
        return "larger is stricter"


@dataclass(frozen=True, slots=True)
class _Subset(Order):
    """What may occur: fewer is stricter. None is anything at all, so the loosest."""

    def refines(self, stricter: object, looser: object) -> bool:
        ours, floor = _set(stricter), _set(looser)
        if floor is None:
            return True
        return ours is not None and ours <= floor

    def __str__(self) -> str:
        return "fewer values are stricter"


@dataclass(frozen=True, slots=True)
class _Superset(Order):
    """What must be there: more is stricter."""

    def refines(self, stricter: object, looser: object) -> bool:
        ours, floor = _set(stricter), _set(looser)
        if ours is None or floor is None:
            raise Incomparable(f"{stricter!r} and {looser!r} are to be sets of what must be there")
        return ours >= floor

    def __str__(self) -> str:
        return "more values are stricter"


@dataclass(frozen=True, slots=True)
class _Shorter(Order):
    """How long something may take; a timedelta or an ISO-8601 duration."""

    def refines(self, stricter: object, looser: object) -> bool:
        return _length(stricter) <= _length(looser)

    def __str__(self) -> str:
        return "shorter is stricter"


@dataclass(frozen=True, slots=True)
class _Longer(Order):
    """How long something is kept; a timedelta or an ISO-8601 duration."""

    def refines(self, stricter: object, looser: object) -> bool:
        return _length(stricter) >= _length(looser)

    def __str__(self) -> str:
        return "longer is stricter"


@dataclass(frozen=True, slots=True)
class Ranked(Order):
    """A closed set of values, from the loosest to the strictest."""

    values: tuple[Hashable, ...]

    def refines(self, stricter: object, looser: object) -> bool:
        return self._rank(stricter) >= self._rank(looser)

    def _rank(self, value: object) -> int:
        if value not in self.values:
            raise Incomparable(f"{value!r} is none of {', '.join(map(str, self.values))}")
        return self.values.index(value)

    def __str__(self) -> str:
        return f"from loose to strict: {', '.join(map(str, self.values))}"


EQUAL = _Equal()
IF_SAID = _IfSaid()
AT_MOST = _AtMost()
AT_LEAST = _AtLeast()
SUBSET = _Subset()
SUPERSET = _Superset()
SHORTER = _Shorter()
LONGER = _Longer()
MUST = Ranked((False, True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Loosening:
    """`value` asks less than `floor`; a `value` of None may be a promise that is gone."""

    name: str
    value: Any
    floor: Any
    order: Order

    def __str__(self) -> str:
        return f"{self.name} is {self.value!r}, looser than {self.floor!r} ({self.order})"


def loosened(
    value: Mapping[str, Any], floor: Mapping[str, Any], orders: Mapping[str, Order]
) -> list[Loosening]:
    """Where `value` asks less than `floor`: names that are gone or looser. New names are welcome.

    Raises:
        Incomparable: a name without an order, or a value that its order does not know.
    """
    unordered = sorted((value.keys() | floor.keys()) - orders.keys())
    if unordered:
        raise Incomparable(f"no order says what is stricter for {', '.join(unordered)}")
    return [
        Loosening(name=name, value=value.get(name), floor=asked, order=orders[name])
        for name, asked in floor.items()
        if name not in value or not orders[name].refines(value[name], asked)
    ]


def _number(value: object) -> Any:  # noqa: ANN401  numbers and days compare among themselves
    if value is None or isinstance(value, date | Decimal | Fraction):
        return value
    if isinstance(value, int | float) and math.isfinite(value):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise Incomparable(f"{value!r} is neither a finite number nor a day") from error


def _is_less(one: Any, other: Any) -> bool:  # noqa: ANN401  two of what `_number` gives
    if isinstance(one, date) != isinstance(other, date):
        raise Incomparable(f"{one!r} and {other!r} are a day and a number")
    return bool(one < other)


def _set(value: object) -> frozenset[Any] | None:
    if value is None:
        return None
    if isinstance(value, Collection) and not isinstance(value, str | bytes):
        return frozenset(value)
    raise Incomparable(f"{value!r} is no collection of values")


def _length(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str):
        raise Incomparable(f"{value!r} is no duration")
    try:
        return duration_of(value)
    except ValueError as error:
        raise Incomparable(str(error)) from error
