"""What was shown, clicked and charged, by ad and hour.

Belongs here: impressions, clicks, cost, and the credit for invalid clicks days later. Does not:
which of a platform's columns shows them (a platform's view.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from tests.sandbox.world.randomness import generator

if TYPE_CHECKING:
    from tests.sandbox.world.hierarchy import Ad, AdAccount, AdGroup, Campaign

EUR_WORTH = {"EUR": 1.0, "USD": 1.1, "JPY": 165.0, "GBP": 0.85}
BY_HOUR = np.array([2, 1, 1, 1, 1, 2, 4, 6, 7, 8, 8, 8, 9, 8, 8, 8, 8, 9, 10, 11, 11, 9, 6, 4]) / 6


@dataclass(frozen=True)
class Unit:
    """What delivers: an ad, or a campaign that shows no ads."""

    campaign: Campaign
    ad_group: AdGroup | None
    ad: Ad | None


@dataclass(frozen=True)
class Delivery:
    """One account-local day. Arrays are units by hours of the day, in account currency micros.

    `hours` are (UTC instant, local hour). `credit_*` is taken off at `credited_at`.
    """

    units: tuple[Unit, ...]
    hours: tuple[tuple[datetime, int], ...]
    impressions: np.ndarray
    clicks: np.ndarray
    other_clicks: np.ndarray
    cost_micros: np.ndarray
    credit_clicks: np.ndarray
    credit_micros: np.ndarray
    credited_at: datetime

    def as_of(self, instant: datetime) -> Delivery:
        """What was known at `instant`: hours that had ended, credits that had been given."""
        ended = np.array([start + timedelta(hours=1) <= instant for start, _ in self.hours])
        credited = 1 if instant >= self.credited_at else 0
        return Delivery(
            units=self.units,
            hours=self.hours,
            impressions=self.impressions * ended,
            clicks=(self.clicks - credited * self.credit_clicks) * ended,
            other_clicks=self.other_clicks * ended,
            cost_micros=(self.cost_micros - credited * self.credit_micros) * ended,
            credit_clicks=self.credit_clicks,
            credit_micros=self.credit_micros,
            credited_at=self.credited_at,
        )


@lru_cache(maxsize=20_000)
def delivery(seed: int, account: AdAccount, day: date) -> Delivery:
    """The day as it stands when everything is known."""
    units = _units(account, day)
    hours = account.hours(day)
    draw = generator(seed, "delivery", account.platform, account.account_id, day)
    shape = (len(units), len(hours))
    weekday = 0.8 if day.weekday() >= 5 else 1.0
    curve = np.array([BY_HOUR[hour] for _, hour in hours])
    strength = np.array([_strength(seed, unit) for unit in units]).reshape(-1, 1)
    impressions = draw.poisson(40 * account.volume * weekday * strength * curve, size=shape)
    clicks = draw.binomial(impressions, 0.035)
    other = draw.binomial(impressions, 0.012 if account.platform == "facebook_ads" else 0.0)
    minor = account.minor_unit_micros
    price = 450_000 * EUR_WORTH[account.currency] * draw.lognormal(0.0, 0.3, size=shape)
    cost = (np.round(clicks * price / minor) * minor).astype(np.int64)
    credit_clicks = draw.binomial(clicks, 0.03)
    share = np.divide(credit_clicks, clicks, out=np.zeros(shape), where=clicks > 0)
    return Delivery(
        units=units,
        hours=hours,
        impressions=impressions,
        clicks=clicks,
        other_clicks=other,
        cost_micros=cost,
        credit_clicks=credit_clicks,
        credit_micros=(np.floor(cost * share / minor) * minor).astype(np.int64),
        credited_at=_end_of(day) + timedelta(hours=float(draw.uniform(72, 240))),
    )


def _units(account: AdAccount, day: date) -> tuple[Unit, ...]:
    if account.pauses_on(day):
        return ()
    units: list[Unit] = []
    for campaign in account.campaigns(day):
        if campaign.delivers_on(day) and not campaign.reports_ads:
            units.append(Unit(campaign, None, None))
        elif campaign.delivers_on(day):
            units.extend(
                Unit(campaign, group, ad) for group in campaign.ad_groups for ad in group.ads
            )
    return tuple(units)


@lru_cache(maxsize=20_000)
def _strength(seed: int, unit: Unit) -> float:
    """A campaign without ads delivers as much as the four ads of any other."""
    name, ads = (unit.ad.ad_id, 1) if unit.ad else (unit.campaign.campaign_id, 4)
    return float(generator(seed, "strength", name).lognormal(0.0, 0.5, size=ads).sum())


def _end_of(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
