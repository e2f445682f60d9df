"""Who ordered what, and which ads they had clicked or seen before.

Belongs here: orders and their touches. Does not: who claims them (a platform's view.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import numpy as np

from tests.sandbox.world.delivery import Delivery, Unit, delivery
from tests.sandbox.world.randomness import generator

if TYPE_CHECKING:
    from tests.sandbox.world.hierarchy import AdAccount, Event

ONE_HOUR = timedelta(hours=1)
TouchKind = Literal["click", "view", "engaged_view"]


@dataclass(frozen=True)
class Touch:
    platform: str
    account_id: str
    unit: Unit
    kind: TouchKind
    at: datetime


@dataclass(frozen=True)
class Order:
    """`value_cents` is what the customer paid, in EUR cents; a lead has an estimated worth.

    `seen_at` is when platforms have learned of it. A repeat is the same person once more, with
    the same touches. Without `consent` web analytics does not see it.
    """

    order_id: str
    ordered_at: datetime
    seen_at: datetime
    event: Event
    value_cents: int
    client_id: str
    consent: bool
    repeat_of: str | None
    touches: tuple[Touch, ...]


@lru_cache(maxsize=20_000)
def orders_from(
    seed: int, account: AdAccount, partner: AdAccount | None, day: date
) -> tuple[Order, ...]:
    """Orders whose first touch was on `account` and `day`; later touches may be the partner's."""
    shown = delivery(seed, account, day)
    draw = generator(seed, "orders", account.platform, account.account_id, day)
    orders: list[Order] = []
    for kind, counts, rate in (
        ("click", shown.clicks - shown.credit_clicks, 0.035),
        ("view", shown.impressions, 0.0004),
        ("engaged_view", _video_only(shown), 0.0004),
    ):
        ordered = draw.binomial(counts, rate)
        for unit_index, hour in np.repeat(np.argwhere(ordered), ordered[ordered > 0], axis=0):
            touch = Touch(
                platform=account.platform,
                account_id=account.account_id,
                unit=shown.units[unit_index],
                kind=kind,
                at=shown.hours[hour][0] + timedelta(seconds=int(draw.integers(0, 3600))),
            )
            order = _order(draw, f"{account.account_id}-{day:%Y%m%d}-{len(orders)}", touch)
            order = _with_second_touch(draw, seed, order, account, partner)
            orders.append(order)
            if draw.random() < 0.1:
                orders.append(_repeat(order))
    return tuple(orders)


def _video_only(shown: Delivery) -> np.ndarray:
    video = np.array([unit.campaign.channel in {"video", "social"} for unit in shown.units])
    return shown.impressions * video.reshape(-1, 1).astype(int)


def _order(draw: np.random.Generator, order_id: str, touch: Touch) -> Order:
    quick = draw.random() < 0.7 or touch.kind != "click"
    hours = draw.exponential(5.0) if quick else draw.exponential(180.0)
    ordered_at = touch.at + timedelta(hours=min(float(hours), 34 * 24.0), seconds=1)
    event = touch.unit.campaign.event
    return Order(
        order_id=order_id,
        ordered_at=ordered_at,
        seen_at=ordered_at + timedelta(hours=float(draw.uniform(0.5, 20))),
        event=event,
        value_cents=2_000 if event == "lead" else int(draw.lognormal(8.6, 0.6)),
        client_id=f"C{int(draw.integers(1, 4000)):05d}",
        consent=bool(draw.random() < 0.85),
        repeat_of=None,
        touches=(touch,),
    )


def _with_second_touch(
    draw: np.random.Generator,
    seed: int,
    order: Order,
    account: AdAccount,
    partner: AdAccount | None,
) -> Order:
    """Some people click once more before they order, here or on the other platform."""
    luck, share, spot = draw.random(), draw.random(), draw.random()
    other = partner if luck < 0.25 else account
    if other is None or luck > 0.4:
        return order
    first = order.touches[0].at
    moment = first + (order.ordered_at - first) * share
    shown = delivery(seed, other, other.local_day(moment))
    midnight = shown.hours[0][0]
    # Whole hours that begin after the first touch and end before the order.
    begin = max((first - midnight) // ONE_HOUR + 1, 0)
    until = (order.ordered_at - midnight) // ONE_HOUR
    inside = np.argwhere((shown.clicks - shown.credit_clicks)[:, begin:until])
    if not len(inside):
        return order
    unit, hour = inside[int(spot * len(inside))] + (0, begin)
    touch = Touch(
        platform=other.platform,
        account_id=other.account_id,
        unit=shown.units[unit],
        kind="click",
        at=shown.hours[hour][0] + timedelta(seconds=int(share * 3599)),
    )
    return replace(order, touches=(*order.touches, touch))


def _repeat(order: Order) -> Order:
    return replace(
        order,
        order_id=f"{order.order_id}-again",
        ordered_at=order.ordered_at + timedelta(minutes=50),
        seen_at=order.seen_at + timedelta(minutes=50),
        repeat_of=order.order_id,
    )
