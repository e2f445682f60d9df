"""Who answers surveys, and what: buyers of the world, with their opinions and their memory.

Belongs here: the people and their true opinions. Does not: a file's or an interface's form.

The mean of the recommendation moves from month to month; agreement and ease follow the same mood.
Of ten buyers who are asked what brought them, eight remember the ad that they met last; the others
name something at random, or nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from tests.sandbox.world.randomness import generator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tests.sandbox.world.orders import Order
    from tests.sandbox.world.world import World

Asked = Literal["panel", "after_purchase"]
# Of all buyers; half of the panel is a customer that the institute found by itself.
SHARES: dict[Asked, float] = {"panel": 0.1, "after_purchase": 0.08}
REMEMBERS = 0.8
# What others name, with odds.
FORGOTTEN = {
    "google": 0.15,
    "facebook": 0.15,
    "organic": 0.25,
    "newsletter": 0.1,
    "friends": 0.15,
    "elsewhere": 0.1,
    "no memory": 0.1,
}
BRANDS = {"google_ads": "google", "facebook_ads": "facebook"}
SPREAD = 2.2


@dataclass(frozen=True)
class Respondent:
    """One person's opinions.

    `recommends` is 0 to 10. `agrees` is 1 to 5, 1 for full agreement; `ease` 1 to 5, 5 is best;
    `value` 1 to 7, 7 is best.
    """

    key: str
    email: str
    first_name: str
    language: str
    at: datetime
    recommends: int
    agrees: int
    ease: int
    value: int
    heard: str
    says: str


def mood(month: date) -> float:
    """The latent mean of the recommendation in a month, between 7 and 9."""
    return 7.0 + 2.0 * ((month.year * 12 + month.month) * 5 % 7) / 6


@lru_cache(maxsize=2_000)
def respondents(world: World, asked: Asked, day: date) -> tuple[Respondent, ...]:
    """Everybody who bought on a UTC day and answers; within two days of the purchase."""
    bought = world.orders(day, day + timedelta(days=1))
    return tuple(_answering(world.seed, asked, bought))


def _answering(seed: int, asked: Asked, bought: Iterator[Order]) -> Iterator[Respondent]:
    for order in bought:
        if order.event != "purchase" or order.repeat_of is not None:
            continue
        draw = generator(seed, "survey", asked, order.order_id)
        if draw.random() >= SHARES[asked]:
            continue
        at = (order.ordered_at + timedelta(hours=float(draw.uniform(1, 47)))).astimezone(UTC)
        feels = mood(at.date()) + float(draw.normal(0, SPREAD))
        last = max(order.touches, key=lambda touch: touch.at)
        heard = BRANDS[last.platform]
        if draw.random() >= REMEMBERS:
            heard = str(draw.choice(list(FORGOTTEN), p=list(FORGOTTEN.values())))
        german = draw.random() < 0.6
        name = str(draw.choice(["Anna", "Ben", "Cleo", "Dario", "Eva", "Finn"]))
        number = int(draw.integers(10_000, 99_999))
        yield Respondent(
            key=f"{order.order_id}-{asked}",
            email=f"{name.lower()}.{number}@mail-{number % 7}.example",
            first_name=name,
            language="DE" if german else "EN",
            at=at.replace(microsecond=0),
            recommends=_step(feels, 0, 10),
            agrees=6 - _step(feels / 2 + float(draw.normal(0, 0.8)), 1, 5),
            ease=_step(feels / 2 + float(draw.normal(0, 0.8)), 1, 5),
            value=_step(feels * 0.7 + float(draw.normal(0, 1.0)), 1, 7),
            heard=heard,
            says=f"I am {name}, call me on +49 30 {number}!" if draw.random() < 0.2 else "",
        )


def answered_between(
    world: World, asked: Asked, start: datetime, end: datetime
) -> Iterator[Respondent]:
    """In the order in which they answered, which is not that in which they bought."""
    day = start.astimezone(UTC).date() - timedelta(days=2)
    found: list[Respondent] = []
    while day <= end.astimezone(UTC).date():
        found += [one for one in respondents(world, asked, day) if start <= one.at < end]
        day += timedelta(days=1)
    yield from sorted(found, key=lambda one: (one.at, one.key))


def _step(value: float, low: int, high: int) -> int:
    return int(min(max(round(value), low), high))
