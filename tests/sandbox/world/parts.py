"""Into which parts a unit's day falls: devices, places, people, words, pages, asset groups.

Belongs here: shares, and whole numbers cut by them without a rest. Does not: which parts a
platform shows and what it calls them (its levels.py, breakdowns.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING, Literal

import numpy as np

from tests.sandbox.world.randomness import generator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime

    from tests.sandbox.world.delivery import Delivery, Unit
    from tests.sandbox.world.hierarchy import AdAccount
    from tests.sandbox.world.world import World

Dimension = Literal["device", "place", "person", "words", "page", "asset_group"]
APPS = ("facebook", "instagram")
DEVICES = ("desktop", "android_phone", "iphone", "android_tablet", "ipad", "television")
# The last of each is what nobody can tell.
PLACES = (
    ("DE", "Bavaria"), ("DE", "Berlin"), ("FR", "Ile-de-France"), ("US", "California"),
    ("US", "New York"), ("JP", "Tokyo"), ("GB", "England"), ("", ""),
)  # fmt: skip
AGES = ("13-17", "18-24", "25-34", "35-44", "45-54", "55-64", "65+", "")
GENDERS = ("female", "male", "")
KEYWORDS = ("running shoes", "trail shoes", "shoe sale")
ENDINGS = ("", " berlin", " cheap", " for women", " size 42", " review", " repair", " second hand")
# What people typed and no keyword of the advertiser is: the page itself was found to fit.
WITHOUT_KEYWORD = ("marathon gear", "barefoot walking", "insoles")


@dataclass(frozen=True)
class Words:
    """What was typed, and the position of the keyword that it met, or None."""

    typed: str
    keyword: int | None


PARTS: Mapping[Dimension, tuple[object, ...]] = {
    "device": tuple(product(APPS, DEVICES)),
    "place": PLACES,
    "person": tuple(product(AGES, GENDERS)),
    "words": (
        *(
            Words(f"{keyword}{ending}", position)
            for position, keyword in enumerate(KEYWORDS)
            for ending in ENDINGS
        ),
        *(Words(typed, None) for typed in WITHOUT_KEYWORD),
    ),
    # The ad's own page, a sitelink's, and clicks that lead to no page at all (calls).
    "page": ("ad", "sitelink", ""),
    "asset_group": (1, 2),
}
WEIGHTS: Mapping[Dimension, tuple[float, ...]] = {
    "device": tuple(
        app * device for app, device in product((0.6, 0.4), (0.35, 0.25, 0.25, 0.06, 0.06, 0.03))
    ),
    "place": (0.25, 0.15, 0.12, 0.14, 0.1, 0.1, 0.06, 0.08),
    "person": tuple(
        age * gender
        for age, gender in product(
            (0.01, 0.12, 0.24, 0.21, 0.15, 0.1, 0.06, 0.11), (0.45, 0.43, 0.12)
        )
    ),
    "words": tuple(1 / (1 + position) for position in range(len(PARTS["words"]))),
    "page": (0.7, 0.25, 0.05),
    "asset_group": (0.6, 0.4),
}
STEADINESS = 60.0


@dataclass(frozen=True)
class Cell:
    """What one part of a unit's day shows; `extra_clicks` lead nowhere outside the platform."""

    impressions: int
    clicks: int
    extra_clicks: int
    cost_micros: int


def parted(
    world: World, account: AdAccount, dimension: Dimension, day: date, *, as_of: datetime
) -> Iterator[tuple[Unit, object, Cell]]:
    """Every part of every unit's day that shows anything; together they are the day."""
    shown = world.delivery(account, day, as_of=as_of)
    for index, unit in enumerate(shown.units):
        shares = _shares(world.seed, dimension, _name(unit), day)
        for part, cell in zip(PARTS[dimension], _cut(shown, index, shares, account), strict=True):
            if cell.impressions or cell.extra_clicks:
                yield unit, part, cell


def part_of(world: World, dimension: Dimension, unit: Unit, day: date, moment: datetime) -> object:
    """The part to which one moment of a unit's day belongs."""
    luck = generator(world.seed, "moment", dimension, _name(unit), moment).random()
    shares = _shares(world.seed, dimension, _name(unit), day)
    position = int(np.searchsorted(np.cumsum(shares), luck))
    return PARTS[dimension][min(position, len(shares) - 1)]


@lru_cache(maxsize=50_000)
def _shares(seed: int, dimension: Dimension, name: str, day: date) -> np.ndarray:
    weights = np.array(WEIGHTS[dimension])
    draw = generator(seed, "shares", dimension, name, day)
    return draw.dirichlet(STEADINESS * weights / weights.sum())


def _name(unit: Unit) -> str:
    return unit.ad.ad_id if unit.ad else unit.campaign.campaign_id


def _cut(shown: Delivery, index: int, shares: np.ndarray, account: AdAccount) -> list[Cell]:
    """Clicks are cut first: a part has an impression for each of its clicks, and costs for them."""
    impressions, clicks, extra, cost = (
        int(one[index].sum())
        for one in (shown.impressions, shown.clicks, shown.other_clicks, shown.cost_micros)
    )
    clicked = _whole(clicks, shares)
    seen = _whole(impressions - clicks, shares) + clicked
    minor = account.minor_unit_micros
    paid = np.zeros(len(shares), dtype=np.int64)
    if clicks:
        edges = cost // minor * np.cumsum(clicked) // clicks
        paid = np.diff(edges, prepend=0) * minor
    return [
        Cell(int(a), int(b), int(c), int(d))
        for a, b, c, d in zip(seen, clicked, _whole(extra, shares), paid, strict=True)
    ]


def _whole(amount: int, shares: np.ndarray) -> np.ndarray:
    edges = np.floor(amount * np.cumsum(shares) + 1e-6).astype(np.int64)
    edges[-1] = amount
    return np.diff(edges, prepend=0)
