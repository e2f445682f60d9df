"""The world as one value: a pure function of its seed, an account, a day and an instant.

Belongs here: sizes, lookups. Does not: any platform's rules.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from tests.sandbox.world import hierarchy
from tests.sandbox.world.delivery import Delivery, delivery
from tests.sandbox.world.orders import Order, orders_from

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.world.hierarchy import AdAccount, Platform

LONGEST_LAG_DAYS = 36
SIZES = {
    "small": {"readable": 2, "unreadable": 1, "campaigns": 3, "volume": 0.6},
    "demo": {"readable": 3, "unreadable": 1, "campaigns": 7, "volume": 1.0},
}


@dataclass(frozen=True)
class World:
    seed: int
    google_ads: tuple[AdAccount, ...]
    facebook_ads: tuple[AdAccount, ...]

    @classmethod
    def of_size(cls, size: str, *, seed: int) -> World:
        """`size` is a name in SIZES or a JSON file with the same keys."""
        sizes = SIZES[size] if size in SIZES else json.loads(Path(size).read_text())
        return cls(
            seed=seed,
            google_ads=hierarchy.accounts("google_ads", **sizes),
            facebook_ads=hierarchy.accounts("facebook_ads", **sizes),
        )

    def accounts(self, platform: Platform) -> tuple[AdAccount, ...]:
        return self.google_ads if platform == "google_ads" else self.facebook_ads

    def account(self, platform: Platform, account_id: str) -> AdAccount | None:
        found = [one for one in self.accounts(platform) if one.account_id == account_id]
        return found[0] if found else None

    def partner(self, account: AdAccount) -> AdAccount | None:
        """The same advertiser's account on the other platform."""
        other = self.facebook_ads if account.platform == "google_ads" else self.google_ads
        return other[account.position] if account.position < len(other) else None

    def delivery(self, account: AdAccount, day: date, *, as_of: datetime) -> Delivery:
        return delivery(self.seed, account, day).as_of(as_of)

    def orders_touching(self, account: AdAccount, start: date, end: date) -> Iterator[Order]:
        """Orders with a touch on `account` between two of its local days (`end` excluded)."""
        for order in self.orders_since(account, start, end):
            if any(
                touch.account_id == account.account_id
                and start <= account.local_day(touch.at) < end
                for touch in order.touches
            ):
                yield order

    def orders_since(self, account: AdAccount, start: date, end: date) -> Iterator[Order]:
        """Orders placed or touched between two days by people who met `account` or its partner."""
        partner = self.partner(account)
        sources = [(account, partner), *([(partner, account)] if partner else [])]
        for source, other in sources:
            for day in _days(start - timedelta(days=LONGEST_LAG_DAYS), end + timedelta(days=1)):
                yield from orders_from(self.seed, source, other, day)

    def orders(self, start: date, end: date) -> Iterator[Order]:
        """Every order that was placed between two UTC days (`end` excluded)."""
        for account in (*self.google_ads, *self.facebook_ads):
            for day in _days(start - timedelta(days=LONGEST_LAG_DAYS), end + timedelta(days=1)):
                for order in orders_from(self.seed, account, self.partner(account), day):
                    if start <= order.ordered_at.date() < end:
                        yield order


def _days(start: date, end: date) -> Iterator[date]:
    for offset in range((end - start).days):
        yield start + timedelta(days=offset)
