"""What web analytics can see: visits and what visitors did, and what their addresses gave away.

Belongs here: who lands, who consents, which tags a click carries. Does not: an analytics tool's
names, days and counting (its view.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Literal

from tests.sandbox.world.delivery import BY_HOUR, Unit, delivery
from tests.sandbox.world.orders import orders_from
from tests.sandbox.world.randomness import generator
from tests.sandbox.world.world import LONGEST_LAG_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from tests.sandbox.world.hierarchy import AdAccount
    from tests.sandbox.world.orders import Order, Touch
    from tests.sandbox.world.world import World

# Pages that never load and refused consent together.
SEEN_SHARE = 0.72
ENGAGED_SHARE = 0.6
LATE_SHARE = 0.04
GOING_ON_SHARE = 0.12
PROCESSING = timedelta(hours=4)
HOUR = timedelta(hours=1)
What = Literal["arrival", "purchase", "lead"]


@dataclass(frozen=True)
class Traffic:
    """Where a visitor came from, as address and referrer tell; what they do not tell is empty."""

    source: str
    medium: str
    campaign: str
    utm_id: str = ""
    google_ads_campaign_id: str = ""
    google_ads_account_id: str = ""


GOOGLE_ORGANIC = Traffic("google", "organic", "(organic)")
DIRECT = Traffic("(direct)", "(none)", "(direct)")
UNTAGGED_FACEBOOK = Traffic("facebook.com", "referral", "(referral)")


@dataclass(frozen=True)
class Seen:
    """Arrivals of one hour (`at` is its start), or one order. It shows from `visible_at` on.

    `again` marks the same person's second order within the hour.
    """

    at: datetime
    visible_at: datetime
    traffic: Traffic
    what: What
    sessions: int = 0
    engaged: int = 0
    value_cents: int = 0
    again: bool = False


@dataclass(frozen=True)
class Visits:
    """Sessions after ad clicks on one account-local day; arrays are units by hours."""

    units: tuple[Unit, ...]
    hours: tuple[tuple[datetime, int], ...]
    sessions: np.ndarray
    engaged: np.ndarray


@lru_cache(maxsize=20_000)
def visits(seed: int, account: AdAccount, day: date) -> Visits:
    """Invalid clicks are nobody's visits."""
    shown = delivery(seed, account, day)
    draw = generator(seed, "sessions", account.platform, account.account_id, day)
    sessions = draw.binomial(shown.clicks - shown.credit_clicks, SEEN_SHARE)
    return Visits(
        units=shown.units,
        hours=shown.hours,
        sessions=sessions,
        engaged=draw.binomial(sessions, ENGAGED_SHARE),
    )


@dataclass(frozen=True)
class Loose:
    """Of the visits of a day, by unit and hour: whose hits come late, who stays into the next hour.

    A phone without a network sends what it kept when it has one again.
    """

    late: np.ndarray
    going_on: np.ndarray


@lru_cache(maxsize=20_000)
def loose(seed: int, account: AdAccount, day: date) -> Loose:
    """Of `visits` of the same day."""
    found = visits(seed, account, day)
    draw = generator(seed, "loose visits", account.platform, account.account_id, day)
    return Loose(
        late=draw.binomial(found.sessions, LATE_SHARE),
        going_on=draw.binomial(found.sessions, GOING_ON_SHARE),
    )


def is_late(order: Order) -> bool:
    """Whether the hit that tells of it comes late."""
    drawn = blake2b(f"late {order.order_id}".encode(), digest_size=2).digest()
    return int.from_bytes(drawn, "big") < LATE_SHARE * 2**16


@lru_cache(maxsize=2_000)
def unpaid_visits(world: World, day: date) -> tuple[Seen, ...]:
    """Sessions of a UTC day that no ad brought: in all about as many as ads bring."""
    draw = generator(world.seed, "unpaid sessions", day)
    accounts = (*world.google_ads, *world.facebook_ads)
    ads = sum(4 * account.campaigns_running * account.volume for account in accounts)
    year, week, _ = day.isocalendar()
    newsletter = Traffic("newsletter", "email", f"letter-{year}-w{week:02}")
    found = []
    for traffic, share in ((GOOGLE_ORGANIC, 0.5), (DIRECT, 0.35), (newsletter, 0.15)):
        counts = draw.poisson(ads * share * BY_HOUR)
        engaged = draw.binomial(counts, ENGAGED_SHARE)
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        found += [
            _arrivals(start + hour * HOUR, traffic, int(counts[hour]), int(engaged[hour]))
            for hour in range(24)
            if counts[hour]
        ]
    return tuple(found)


@lru_cache(maxsize=256)
def seen_between(world: World, start: datetime, end: datetime) -> tuple[Seen, ...]:
    """Everything that analytics will ever know of the time from `start` to before `end`."""
    found: list[Seen] = []
    for account in (*world.google_ads, *world.facebook_ads):
        for day in _days(account.local_day(start), account.local_day(end)):
            found += _after_clicks(world.seed, account, day)
        for day in _days(
            account.local_day(start) - timedelta(days=LONGEST_LAG_DAYS), account.local_day(end)
        ):
            found += _after_orders(world.seed, account, world.partner(account), day)
    for day in _days(start.astimezone(UTC).date(), end.astimezone(UTC).date()):
        found += unpaid_visits(world, day)
    return tuple(seen for seen in found if start <= seen.at < end)


def traffic_of(account: AdAccount, unit: Unit, day: date) -> Traffic:
    """What a click on the account's `day` carries: Google tags by itself, Meta as it was told."""
    if account.platform == "google_ads":
        return Traffic(
            source="google",
            medium="cpc",
            campaign=unit.campaign.name_at(day),
            google_ads_campaign_id=unit.campaign.campaign_id,
            google_ads_account_id=account.account_id,
        )
    if unit.ad is None or not unit.ad.utm_campaign:
        return UNTAGGED_FACEBOOK
    return Traffic("facebook", "paid_social", unit.ad.utm_campaign, utm_id=unit.ad.utm_id)


@lru_cache(maxsize=2_000)
def _after_clicks(seed: int, account: AdAccount, day: date) -> tuple[Seen, ...]:
    """By campaign and hour: the ads of a campaign carry the same tags."""
    found = visits(seed, account, day)
    units: dict[Traffic, list[int]] = {}
    for index, unit in enumerate(found.units):
        units.setdefault(traffic_of(account, unit, day), []).append(index)
    return tuple(
        _arrivals(instant, traffic, int(sessions), int(engaged))
        for traffic, indices in units.items()
        for (instant, _), sessions, engaged in zip(
            found.hours,
            found.sessions[indices].sum(axis=0),
            found.engaged[indices].sum(axis=0),
            strict=True,
        )
        if sessions
    )


@lru_cache(maxsize=20_000)
def _after_orders(
    seed: int, account: AdAccount, partner: AdAccount | None, day: date
) -> tuple[Seen, ...]:
    """Orders whose first touch was on `account` and `day`, by people who consent."""
    found = []
    for order in orders_from(seed, account, partner, day):
        click = last_click(order)
        # Meta's lead forms are filled in on Meta.
        on_meta = click is not None and order.event == "lead" and click.platform == "facebook_ads"
        if not order.consent or on_meta:
            continue
        found.append(
            Seen(
                at=order.ordered_at,
                visible_at=order.ordered_at + PROCESSING,
                traffic=_came_by(order, click, (account, partner)),
                what=order.event,
                value_cents=order.value_cents if order.event == "purchase" else 0,
                again=order.repeat_of is not None,
            )
        )
    return tuple(found)


def last_click(order: Order) -> Touch | None:
    clicks = [
        touch for touch in order.touches if touch.kind == "click" and touch.at <= order.ordered_at
    ]
    return max(clicks, key=lambda touch: touch.at, default=None)


def _came_by(
    order: Order, click: Touch | None, accounts: tuple[AdAccount, AdAccount | None]
) -> Traffic:
    for account in accounts:
        if click is not None and account is not None and account.account_id == click.account_id:
            return traffic_of(account, click.unit, account.local_day(click.at))
    searched = blake2b(order.order_id.encode(), digest_size=1).digest()[0] % 2
    return GOOGLE_ORGANIC if searched else DIRECT


def _arrivals(instant: datetime, traffic: Traffic, sessions: int, engaged: int) -> Seen:
    return Seen(
        at=instant,
        visible_at=instant + HOUR + PROCESSING,
        traffic=traffic,
        what="arrival",
        sessions=sessions,
        engaged=engaged,
    )


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)
