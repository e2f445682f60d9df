"""How much of what makes comparing hard is really in the benchmark's world.

Belongs here: counting, from the sandbox's own world. Does not: truth or errors; nothing that is
counted here reaches a figure.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tests.benchmarks.canonical_truth import PLATFORMS, orders_between
from tests.sandbox.facebook_ads.attribution import chosen_windows
from tests.sandbox.facebook_ads.view import action_types
from tests.sandbox.google_ads.attribution import actions
from tests.sandbox.world.delivery import delivery
from tests.sandbox.world.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from tests.sandbox.process import RunningSandbox
    from tests.sandbox.world.hierarchy import AdAccount, Campaign

A_DAY = timedelta(days=1)
Census = dict[str, int]


def census(
    sandbox: RunningSandbox, *, world: str, seed: int, start: date, end: date, as_of: datetime
) -> Census:
    """From `start` to before `end`, of the accounts that may be read. Words to numbers."""
    whole = World.of_size(world, seed=seed)
    accounts = [one for one in (*whole.google_ads, *whole.facebook_ads) if one.readable]
    return {
        **_accounts(accounts, start, end),
        **_conversion_actions([one for one in accounts if one.platform == "google_ads"]),
        **_attribution_specs([one for one in accounts if one.platform == "facebook_ads"]),
        **_campaigns(accounts, start, end),
        **_credits(seed, accounts, start, end),
        **_orders(orders_between(sandbox, start, end)),
        "ad days with conversions alone": _conversion_only(sandbox, start, end, as_of),
    }


def _accounts(accounts: Iterable[AdAccount], start: date, end: date) -> Census:
    zones = {one.time_zone for one in accounts}
    return {
        "time zones": len(zones),
        "time zones whose clocks change": sum(
            _offset(zone, start) != _offset(zone, end) for zone in zones
        ),
        "currencies": len({one.currency for one in accounts}),
    }


def _offset(zone: str, day: date) -> timedelta | None:
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)).utcoffset()


def _conversion_actions(accounts: Iterable[AdAccount]) -> Census:
    found = [one for account in accounts for one in actions(account)]
    events = {(account.account_id, one.event) for account in accounts for one in actions(account)}
    return {
        "Google conversion windows": len({one.click_window_days for one in found}),
        "Google counting types": len({one.counting for one in found}),
        "Google attribution models": len({one.model for one in found}),
        "Google actions that count an event once more": len(found) - len(events),
    }


def _attribution_specs(accounts: Iterable[AdAccount]) -> Census:
    names = [action_types(one, event) for one in accounts for event in ("purchase", "lead")]
    return {
        "Meta attribution windows": len({str(chosen_windows(one)) for one in accounts}),
        "Meta names beside the first of an event": sum(len(found) - 1 for found in names),
        "Meta sets of names of an event": len(set(names)),
    }


def _campaigns(accounts: Iterable[AdAccount], start: date, end: date) -> Census:
    days = [start + timedelta(days=offset) for offset in range((end - start).days)]
    running: list[Campaign] = [
        one
        for account in accounts
        for one in account.campaigns(days[-1])
        if any(one.delivers_on(day) for day in days)
    ]
    return {
        "campaigns": len(running),
        "campaigns renamed": sum(len({one.name_at(day) for day in days}) > 1 for one in running),
        "campaigns removed": sum(one.removed_at(end) for one in running),
        "campaigns that show no ads": sum(not one.reports_ads for one in running),
    }


def _credits(seed: int, accounts: Iterable[AdAccount], start: date, end: date) -> Census:
    days = [start + timedelta(days=offset) for offset in range((end - start).days)]
    credited = [
        int(delivery(seed, account, day).credit_clicks.sum())
        for account in accounts
        for day in days
    ]
    return {
        "account days with credits": sum(clicks > 0 for clicks in credited),
        "clicks credited": sum(credited),
    }


def _orders(orders: Iterable[Mapping[str, Any]]) -> Census:
    lags = [_lag(order) for order in orders]
    clicked = [lag for lag in lags if lag is not None]
    return {
        "orders": len(lags),
        "orders after views alone": len(lags) - len(clicked),
        "orders a day and more after the click": sum(lag >= A_DAY for lag in clicked),
        "orders more than 7 days after the click": sum(lag > 7 * A_DAY for lag in clicked),
        "orders more than 28 days after the click": sum(lag > 28 * A_DAY for lag in clicked),
    }


def _lag(order: Mapping[str, Any]) -> timedelta | None:
    clicks = [touch["at"] for touch in order["touches"] if touch["kind"] == "click"]
    if not clicks:
        return None
    return datetime.fromisoformat(order["ordered_at"]) - datetime.fromisoformat(max(clicks))


def _conversion_only(sandbox: RunningSandbox, start: date, end: date, as_of: datetime) -> int:
    """Days of ads that delivered nothing and were given a conversion."""
    found = 0
    for platform in PLATFORMS:
        asked = {"start": start, "end": end, "by": "ad_day", "as_of": as_of.isoformat()}
        delivered, converted = (
            {(row["ad_id"], row["day"]) for row in sandbox.truth(f"{platform}/{what}", **asked)}
            for what in ("delivery", "conversions")
        )
        found += len(converted - delivered)
    return found
