"""Meta's breakdowns: which may be asked together, and what their values are called.

Belongs here: combinations, values. Does not: sums and rows (view.py).
Source: the Insights API's page on breakdowns; which pairs it takes is read from there and from
connectors that ask for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.sandbox.facebook_ads.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.sandbox.world.parts import Dimension

HOURLY = "hourly_stats_aggregated_by_advertiser_time_zone"
DEVICES = {
    "desktop": "desktop",
    "android_phone": "android_smartphone",
    "iphone": "iphone",
    "android_tablet": "android_tablet",
    "ipad": "ipad",
    "television": "other",
}
# Of these breakdowns the platform tells no action that happened outside of it.
WITHOUT_OUTSIDE_ACTIONS = {"region", HOURLY}


@dataclass(frozen=True)
class Breakdown:
    """`value` is what a part of the world is called."""

    dimension: Dimension
    value: Callable[[Any], str]


BREAKDOWNS: Mapping[str, Breakdown] = {
    "publisher_platform": Breakdown("device", lambda part: part[0]),
    "impression_device": Breakdown("device", lambda part: DEVICES[part[1]]),
    "country": Breakdown("place", lambda part: part[0] or "unknown"),
    "region": Breakdown("place", lambda part: part[1] or "Unknown"),
    "age": Breakdown("person", lambda part: part[0] or "Unknown"),
    "gender": Breakdown("person", lambda part: part[1] or "unknown"),
}
COMBINATIONS = {
    (),
    (HOURLY,),
    ("age",),
    ("gender",),
    ("age", "gender"),
    ("country",),
    ("region",),
    ("impression_device",),
    ("publisher_platform",),
    ("impression_device", "publisher_platform"),
}


def checked(asked: list[str]) -> tuple[str, ...]:
    """In one order.

    Raises:
        Refusal: one of them does not exist, or they may not stand together.
    """
    for name in asked:
        if name not in {HOURLY, *BREAKDOWNS}:
            known = ", ".join(sorted({HOURLY, *BREAKDOWNS}))
            message = f"(#100) breakdowns[0] must be one of the following values: {known}"
            raise Refusal(message, 100)
    if tuple(sorted(asked)) not in COMBINATIONS:
        columns = ", ".join(["action_type", *asked])
        message = f"(#100) Current combination of data breakdown columns ({columns}) is invalid"
        raise Refusal(message, 100)
    return tuple(sorted(asked))


def dimension_of(asked: tuple[str, ...]) -> Dimension | None:
    """What the world is parted by for these, if by anything but hours."""
    known = [BREAKDOWNS[name].dimension for name in asked if name in BREAKDOWNS]
    return known[0] if known else None


def values_of(asked: tuple[str, ...], part: object) -> tuple[tuple[str, str], ...]:
    """(breakdown, value) of a part."""
    return tuple((name, BREAKDOWNS[name].value(part)) for name in asked)
