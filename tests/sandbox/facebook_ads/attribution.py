"""Which conversions Meta claims: its own rules over the world's orders.

Belongs here: last touch, windows, dates. Does not: action types and fields (view.py).
Source: facebook.com/business/help on attribution; conversions on Meta are dated at the
impression, conversions on a website at the conversion.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from tests.sandbox.world.delivery import EUR_WORTH, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.world.hierarchy import AdAccount
    from tests.sandbox.world.orders import Order, Touch
    from tests.sandbox.world.world import World

CLICK_WINDOW_DAYS = (1, 7, 28)
# What the accounts' ad sets have chosen, as kinds of contact and days.
CHOSEN_WINDOWS = (
    {"CLICK_THROUGH": 7, "VIEW_THROUGH": 1},
    {"CLICK_THROUGH": 7, "VIEW_THROUGH": 1},
    {"CLICK_THROUGH": 1},
    {"CLICK_THROUGH": 7, "VIEW_THROUGH": 1, "ENGAGED_VIDEO_VIEW": 1},
)
KEYS = {"CLICK_THROUGH": "click", "VIEW_THROUGH": "view", "ENGAGED_VIDEO_VIEW": "ev"}
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Claim:
    """One whole conversion for one ad. `windows` are the keys that count it.

    `by_default` says that a window which the ad set has chosen does; `by_pixel` that the browser
    told of it too, not the shop's server alone.
    """

    unit: Unit
    event: str
    day: date
    touched_at: datetime
    windows: frozenset[str]
    value_minor: int
    by_default: bool
    by_pixel: bool


def chosen_windows(account: AdAccount) -> dict[str, int]:
    return CHOSEN_WINDOWS[account.position % len(CHOSEN_WINDOWS)]


def claims(
    world: World, account: AdAccount, start: date, end: date, as_of: datetime
) -> Iterator[Claim]:
    """Everything dated on the account's days from `start` to before `end`."""
    chosen = {f"{days}d_{KEYS[kind]}" for kind, days in chosen_windows(account).items()}
    for order in world.orders_since(account, start, end):
        if order.seen_at > as_of:
            continue
        found = _last_touch(account, order)
        if found is None:
            continue
        touch, windows = found
        on_meta = order.event == "lead"
        day = account.local_day(touch.at if on_meta else order.ordered_at)
        if start <= day < end:
            yield Claim(
                unit=touch.unit,
                event=order.event,
                day=day,
                touched_at=touch.at,
                windows=windows,
                value_minor=value_minor(order, account),
                by_default=bool(windows & chosen),
                by_pixel=order.consent,
            )


def _last_touch(account: AdAccount, order: Order) -> tuple[Touch, frozenset[str]] | None:
    """The last click counts; without one, an engaged view; without that, a view."""
    ours = [touch for touch in order.touches if touch.account_id == account.account_id]
    clicks = [touch for touch in ours if touch.kind == "click"]
    if clicks:
        last = max(clicks, key=lambda touch: touch.at)
        lag = order.ordered_at - last.at
        windows = {f"{days}d_click" for days in CLICK_WINDOW_DAYS if lag <= timedelta(days=days)}
        return (last, frozenset(windows)) if windows else None
    for kind, key in (("engaged_view", "1d_ev"), ("view", "1d_view")):
        recent = [
            touch for touch in ours if touch.kind == kind and order.ordered_at - touch.at <= ONE_DAY
        ]
        if recent:
            return max(recent, key=lambda touch: touch.at), frozenset({key})
    return None


def value_minor(order: Order, account: AdAccount) -> int:
    """The order's value in the account's smallest unit of money."""
    minor = account.minor_unit_micros / 1_000_000
    return round(order.value_cents / 100 * EUR_WORTH[account.currency] / minor)
