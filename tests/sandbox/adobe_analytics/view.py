"""Adobe's reports: items of one dimension and columns of metrics, from the world and its rules.

Belongs here: report suites, which names exist, what tracking code and channel a visit has, how it
is counted. Does not: the wire.

Adobe reads the address and nothing of Google's: a click without tags has no tracking code. A code
stays with a visitor for 30 days after the click that brought it, so an order goes to the last
tagged click; visitors who come back without a click are not followed here.
Source: experienceleague.adobe.com/docs/analytics/components (tracking code, visits, entries,
marketing channels).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from tests.sandbox.adobe_analytics.errors import NOT_PERMITTED, report
from tests.sandbox.world import web
from tests.sandbox.world.orders import orders_from
from tests.sandbox.world.randomness import generator
from tests.sandbox.world.world import LONGEST_LAG_DAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tests.sandbox.world.delivery import Unit
    from tests.sandbox.world.hierarchy import AdAccount
    from tests.sandbox.world.orders import Order, Touch
    from tests.sandbox.world.world import World

COMPANY = "aurora0"
HOUR = timedelta(hours=1)
PROCESSED_AFTER = HOUR
LATE_AFTER = timedelta(hours=30)
CODE_LASTS = timedelta(days=30)
UNSPECIFIED = "Unspecified"


@dataclass(frozen=True)
class Suite:
    rsid: str
    name: str
    time_zone: str
    currency: str
    parent: str = ""
    readable: bool = True


SUITES = (
    Suite("aurorashop", "Aurora Shop", "Europe/London", "EUR"),
    Suite("auroraagency", "Aurora Shop (agency)", "Europe/London", "EUR", readable=False),
    Suite("vrs_aurora0_paid", "Aurora Shop, paid", "Europe/London", "EUR", parent="aurorashop"),
)


@dataclass(frozen=True)
class Hit:
    """Visits that began in the hour from `at` on, or one order. It shows from `visible_at` on.

    `going_on` of the visits have hits in the next hour too.
    """

    at: datetime
    visible_at: datetime
    code: str
    channel: str
    began: int = 0
    going_on: int = 0
    orders: int = 0
    cents: int = 0
    leads: int = 0


@dataclass(frozen=True)
class Asked:
    """Days of the suite's calendar; `hour` is the item by which the columns are broken down."""

    days: tuple[date, ...]
    dimension: str
    metrics: tuple[str, ...]
    segments: tuple[str, ...]
    hour: str | None


@dataclass(frozen=True)
class Row:
    item_id: str
    value: str
    data: tuple[float, ...]


def readable(rsid: str) -> Suite:
    """Raises Refusal: what may not be read and what does not exist look the same."""
    for found in SUITES:
        if found.rsid == rsid and found.readable:
            return found
    raise NOT_PERMITTED


def rows(world: World, suite: Suite, asked: Asked, as_of: datetime) -> list[Row]:
    """Every item that is not all zero, and every item of time; not in any order."""
    if asked.dimension not in DIMENSIONS:
        raise report(400, "invalid_data", f"Dimension {asked.dimension} is not valid")
    kept: dict[tuple[str, str], list[tuple[Hit, bool]]] = defaultdict(list)
    if asked.dimension == "variables/daterangehour":
        kept.update({_hour_item(day, hour): [] for day in asked.days for hour in range(24)})
    if asked.dimension == "variables/daterangeday":
        kept.update({_day_item(day): [] for day in asked.days})
    for local, hit, begins in _touched(world, suite, asked):
        if hit.visible_at <= as_of:
            kept[DIMENSIONS[asked.dimension](local, hit)].append((hit, begins))
    found = [
        Row(*item, tuple(_counted(metric, item[1], hits) for metric in asked.metrics))
        for item, hits in kept.items()
    ]
    is_time = asked.dimension.startswith("variables/daterange")
    return [row for row in found if is_time or any(row.data)]


def totals(world: World, suite: Suite, asked: Asked, as_of: datetime) -> list[float]:
    """What the columns come to for all items together: visitors are not the sum."""
    hits = [
        (hit, begins) for _, hit, begins in _touched(world, suite, asked) if hit.visible_at <= as_of
    ]
    return [_counted(metric, "everything", hits) for metric in asked.metrics]


def _touched(world: World, suite: Suite, asked: Asked) -> Iterator[tuple[datetime, Hit, bool]]:
    """(local time, hit, whether it begins there): a visit that goes on is in its next hour too."""
    zone = ZoneInfo(suite.time_zone)
    segments = [_segment(name) for name in (*asked.segments, *_own_segment(suite))]
    for day in asked.days:
        for hit in day_hits(world, suite.time_zone, day):
            if not all(keeps(hit) for keeps in segments):
                continue
            for at, begins in ((hit.at, True), (hit.at + HOUR, False)):
                local = at.astimezone(zone)
                inside = local.date() == day and (begins or hit.going_on)
                if inside and asked.hour in {None, _hour_item(day, local.hour)[0]}:
                    yield local, hit, begins


def _segment(name: str) -> Callable[[Hit], bool]:
    if name not in SEGMENTS:
        raise report(400, "invalid_segment", f"Segment {name} does not exist")
    return SEGMENTS[name]


def _own_segment(suite: Suite) -> tuple[str, ...]:
    """A virtual report suite is a segment of its parent."""
    return ("s300000001_paid",) if suite.parent else ()


def _counted(metric: str, item: str, hits: Sequence[tuple[Hit, bool]]) -> float:
    began = sum(hit.began for hit, begins in hits if begins)
    if metric == "metrics/visits":
        # Who began within the item and goes on within it is one visit of the item.
        begun_here = {id(hit) for hit, begins in hits if begins}
        return began + sum(hit.going_on for hit, _ in hits if id(hit) not in begun_here)
    if metric == "metrics/visitors":
        first = min((hit.at for hit, _ in hits), default=None)
        return began - int(generator("visitors", item, first).binomial(began, 0.08))
    unit = 0.01 if metric == "metrics/revenue" else 1
    name = METRICS[metric]
    amount = sum(int(getattr(hit, name)) for hit, begins in hits if begins)
    return round(amount * unit, 2)


@lru_cache(maxsize=128)
def day_hits(world: World, time_zone: str, day: date) -> tuple[Hit, ...]:
    """Everything that will ever be known of a suite's day; with the hour before, for who goes on.

    Orders of that hour are the other day's.
    """
    zone, after = ZoneInfo(time_zone), day + timedelta(days=1)
    start = datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    end = datetime(after.year, after.month, after.day, tzinfo=zone).astimezone(UTC)
    found = [hit for hit in _visits(world, start - HOUR, end) if start - HOUR <= hit.at < end]
    found += [hit for hit in _orders(world, start, end) if start <= hit.at < end]
    return tuple(found)


def _visits(world: World, start: datetime, end: datetime) -> Iterator[Hit]:
    for account in (*world.google_ads, *world.facebook_ads):
        for day in _days(account.local_day(start), account.local_day(end)):
            yield from _after_clicks(world.seed, account, day)
    for day in _days(start.date(), end.date()):
        for seen in web.unpaid_visits(world, day):
            going_on = generator(world.seed, "unpaid going on", seen.at, seen.traffic.source)
            yield Hit(
                at=seen.at,
                visible_at=seen.at + HOUR + PROCESSED_AFTER,
                code=_letter(seen.traffic),
                channel=UNPAID[seen.traffic.source],
                began=seen.sessions,
                going_on=int(going_on.binomial(seen.sessions, web.GOING_ON_SHARE)),
            )


@lru_cache(maxsize=5_000)
def _after_clicks(seed: int, account: AdAccount, day: date) -> tuple[Hit, ...]:
    """By code and hour, those whose hits come late apart. Only who is in time is seen to go on."""
    visits, loose = web.visits(seed, account, day), web.loose(seed, account, day)
    units: dict[str, list[int]] = defaultdict(list)
    for index, unit in enumerate(visits.units):
        units[code_of(account, unit)].append(index)
    found = []
    for code, indices in units.items():
        late = loose.late[indices].sum(axis=0)
        began = visits.sessions[indices].sum(axis=0) - late
        going_on = np.minimum(loose.going_on[indices].sum(axis=0), began)
        for column, (at, _) in enumerate(visits.hours):
            channel = _channel(account, code)
            if began[column]:
                shown = at + HOUR + PROCESSED_AFTER
                one = Hit(at, shown, code, channel, int(began[column]), int(going_on[column]))
                found.append(one)
            if late[column]:
                found.append(Hit(at, at + LATE_AFTER, code, channel, int(late[column])))
    return tuple(found)


def _orders(world: World, start: datetime, end: datetime) -> Iterator[Hit]:
    """Meta's lead forms are filled in on Meta; everything else is told by people who consent."""
    lag = timedelta(days=LONGEST_LAG_DAYS)
    for account in (*world.google_ads, *world.facebook_ads):
        partner = world.partner(account)
        both = [one for one in (account, partner) if one is not None]
        for day in _days(account.local_day(start) - lag, account.local_day(end)):
            for order in orders_from(world.seed, account, partner, day):
                click = web.last_click(order)
                on_meta = order.event == "lead" and click and click.platform == "facebook_ads"
                if order.consent and not on_meta:
                    yield _order_hit(order, both)


def _order_hit(order: Order, accounts: Sequence[AdAccount]) -> Hit:
    code, channel = "", "Direct"
    for touch in sorted(order.touches, key=lambda touch: touch.at):
        if touch.kind != "click" or not timedelta() <= order.ordered_at - touch.at <= CODE_LASTS:
            continue
        account = _account_of(touch, accounts)
        # A click without tags leaves the code of an earlier one in force.
        code = code_of(account, touch.unit) or code
        channel = _channel(account, code_of(account, touch.unit))
    delay = LATE_AFTER if web.is_late(order) else PROCESSED_AFTER
    is_lead = order.event == "lead"
    return Hit(
        at=order.ordered_at,
        visible_at=order.ordered_at + delay,
        code=code,
        channel=channel,
        orders=int(not is_lead),
        cents=0 if is_lead else order.value_cents,
        leads=int(is_lead),
    )


def _account_of(touch: Touch, accounts: Sequence[AdAccount]) -> AdAccount:
    return next(one for one in accounts if one.account_id == touch.account_id)


def code_of(account: AdAccount, unit: Unit) -> str:
    """What the processing rules make of the tags: source, medium, campaign and id, by colons."""
    if unit.ad is None or not unit.ad.utm_campaign:
        return ""
    source = "google:cpc" if account.platform == "google_ads" else "facebook:paid_social"
    return ":".join(part for part in (source, unit.ad.utm_campaign, unit.ad.utm_id) if part)


def _channel(account: AdAccount, code: str) -> str:
    if account.platform == "google_ads":
        return "Paid Search"
    return "Paid Social" if code else "Social Networks"


def _letter(traffic: web.Traffic) -> str:
    named = f"{traffic.source}:{traffic.medium}:{traffic.campaign}"
    return named if traffic.medium == "email" else ""


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def _day_item(day: date) -> tuple[str, str]:
    """1, the year's two digits, the month from 0 on, the day."""
    return f"1{day:%y}{day.month - 1:02}{day:%d}", f"{day:%b} {day.day}, {day.year}"


def _hour_item(day: date, hour: int) -> tuple[str, str]:
    return f"{_day_item(day)[0]}{hour:02}", f"{hour:02}:00 {day}"


def _text_item(text: str) -> tuple[str, str]:
    if not text:
        return "0", UNSPECIFIED
    return str(int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "big")), text


UNPAID = {"google": "Natural Search", "(direct)": "Direct", "newsletter": "Email"}
DIMENSIONS: Mapping[str, Callable[[datetime, Hit], tuple[str, str]]] = {
    "variables/daterangeday": lambda local, _: _day_item(local.date()),
    "variables/daterangehour": lambda local, _: _hour_item(local.date(), local.hour),
    "variables/campaign": lambda _, hit: _text_item(hit.code),
    "variables/lasttouchchannel": lambda _, hit: _text_item(hit.channel),
}
# What a segment keeps.
SEGMENTS: Mapping[str, Callable[[Hit], bool]] = {
    "s300000001_paid": lambda hit: ":cpc:" in hit.code or ":paid_social:" in hit.code
}
METRICS = {
    "metrics/entries": "began",
    "metrics/visits": "began",
    "metrics/visitors": "began",
    "metrics/orders": "orders",
    "metrics/revenue": "cents",
    "metrics/event12": "leads",
}
