"""Which conversions Google Ads claims: its own rules over the world's orders.

Belongs here: conversion actions, windows, counting, credit, dates. Does not: rows and fields.
Source: support.google.com/google-ads on conversion windows, counting, attribution models.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from tests.sandbox.world.delivery import EUR_WORTH, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.world.hierarchy import AdAccount
    from tests.sandbox.world.orders import Order, Touch, TouchKind
    from tests.sandbox.world.world import World

PURCHASE_WINDOW_DAYS = (30, 30, 14, 90)
VIEW_WINDOW = timedelta(days=1)
ENGAGED_VIEW_WINDOW = timedelta(days=3)


@dataclass(frozen=True)
class ConversionAction:
    action_id: int
    name: str
    category: str
    counting: str
    click_window_days: int
    model: str
    primary: bool
    event: str


@dataclass(frozen=True)
class Claim:
    """`credit` of one conversion, given to one interaction. A view-through claim has credit 1."""

    unit: Unit
    action: ConversionAction
    interacted_at: datetime
    converted_at: datetime
    credit: float
    value: float
    contact: TouchKind

    @property
    def view_through(self) -> bool:
        return self.contact == "view"


def actions(account: AdAccount) -> tuple[ConversionAction, ...]:
    base = int(account.account_id) % 1000 * 10
    data_driven = account.position % 2 == 1
    model = "GOOGLE_SEARCH_ATTRIBUTION_DATA_DRIVEN" if data_driven else "GOOGLE_ADS_LAST_CLICK"
    window_days = PURCHASE_WINDOW_DAYS[account.position % len(PURCHASE_WINDOW_DAYS)]
    return (
        ConversionAction(
            6_000_000 + base,
            "Purchase",
            "PURCHASE",
            "MANY_PER_CLICK",
            window_days,
            model,
            True,
            "purchase",
        ),
        ConversionAction(
            6_000_001 + base,
            "Lead form",
            "SUBMIT_LEAD_FORM",
            "MANY_PER_CLICK" if account.position % 3 == 2 else "ONE_PER_CLICK",
            7 if data_driven else 30,
            model,
            True,
            "lead",
        ),
        ConversionAction(
            6_000_002 + base,
            "Any purchase (secondary)",
            "PURCHASE",
            "MANY_PER_CLICK",
            30,
            "GOOGLE_ADS_LAST_CLICK",
            False,
            "purchase",
        ),
    )


def claims(
    world: World, account: AdAccount, start: date, end: date, as_of: datetime
) -> Iterator[Claim]:
    """Everything claimed for interactions on the account's days from `start` to before `end`."""
    described = actions(account)
    for order in world.orders_touching(account, start, end):
        if order.seen_at > as_of:
            continue
        for action in described:
            if action.event == order.event:
                yield from _claims_of(account, order, action)


def _claims_of(account: AdAccount, order: Order, action: ConversionAction) -> Iterator[Claim]:
    if order.repeat_of is not None and action.counting == "ONE_PER_CLICK":
        return
    ours = [touch for touch in order.touches if touch.account_id == account.account_id]
    eligible = [touch for touch in ours if _in_window(touch, order, action)]
    value = account_value(order, account)
    if eligible:
        for touch, credit in _shares(eligible, action.model):
            yield Claim(
                touch.unit, action, touch.at, order.ordered_at, credit, value * credit, touch.kind
            )
        return
    seen = [
        touch
        for touch in ours
        if touch.kind == "view" and order.ordered_at - touch.at <= VIEW_WINDOW
    ]
    if seen and action.primary:
        last = max(seen, key=lambda touch: touch.at)
        yield Claim(last.unit, action, last.at, order.ordered_at, 1.0, value, "view")


def _in_window(touch: Touch, order: Order, action: ConversionAction) -> bool:
    lag = order.ordered_at - touch.at
    if touch.kind == "click":
        return lag <= timedelta(days=action.click_window_days)
    video = touch.unit.campaign.channel == "video"
    return touch.kind == "engaged_view" and video and lag <= ENGAGED_VIEW_WINDOW


def _shares(touches: list[Touch], model: str) -> list[tuple[Touch, float]]:
    ordered = sorted(touches, key=lambda touch: touch.at)
    if model == "GOOGLE_ADS_LAST_CLICK" or len(ordered) == 1:
        return [(ordered[-1], 1.0)]
    rest = 0.375 / (len(ordered) - 1)
    return [*((touch, rest) for touch in ordered[:-1]), (ordered[-1], 0.625)]


def account_value(order: Order, account: AdAccount) -> float:
    """The order's value in the account's currency, in whole minor units."""
    minor = account.minor_unit_micros / 1_000_000
    return round(order.value_cents / 100 * EUR_WORTH[account.currency] / minor) * minor


def lag_bucket(lag: timedelta) -> str:
    """The name in ConversionLagBucketEnum."""
    names = (
        "LESS_THAN_ONE_DAY", "ONE_TO_TWO_DAYS", "TWO_TO_THREE_DAYS", "THREE_TO_FOUR_DAYS",
        "FOUR_TO_FIVE_DAYS", "FIVE_TO_SIX_DAYS", "SIX_TO_SEVEN_DAYS", "SEVEN_TO_EIGHT_DAYS",
        "EIGHT_TO_NINE_DAYS", "NINE_TO_TEN_DAYS", "TEN_TO_ELEVEN_DAYS", "ELEVEN_TO_TWELVE_DAYS",
        "TWELVE_TO_THIRTEEN_DAYS", "THIRTEEN_TO_FOURTEEN_DAYS",
    )  # fmt: skip
    if lag.days < len(names):
        return names[lag.days]
    for below, name in (
        (21, "FOURTEEN_TO_TWENTY_ONE_DAYS"),
        (30, "TWENTY_ONE_TO_THIRTY_DAYS"),
        (45, "THIRTY_TO_FORTY_FIVE_DAYS"),
    ):
        if lag.days < below:
            return name
    return "FORTY_FIVE_TO_SIXTY_DAYS"
