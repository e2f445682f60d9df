"""What a tag-reading web analytics could know of visits and orders, for tests only.

Belongs here: sums over the world, by code of its own. Does not: Adobe's rows and fields.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from tests.sandbox.world import web

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.world.delivery import Unit
    from tests.sandbox.world.world import World

IN_TIME, LATE = timedelta(hours=1), timedelta(hours=30)
Found = tuple[dict[str, str], int, int]


def visits(world: World, as_of: datetime, asked: dict[str, Any]) -> Iterator[Found]:
    """Visits that began, by the tagged campaign that brought them; then those that came late."""
    zone = ZoneInfo(asked["time_zone"])
    length = (asked["end"] - asked["start"]).days
    days = [asked["start"] + timedelta(days=offset) for offset in range(-1, length + 1)]
    for account, day in product((*world.google_ads, *world.facebook_ads), days):
        found, late = (
            web.visits(world.seed, account, day),
            web.loose(world.seed, account, day).late,
        )
        for (index, column), count in np.ndenumerate(found.sessions):
            at = found.hours[column][0]
            shown_late = int(late[index, column]) if at + LATE <= as_of else 0
            in_time = int(count - late[index, column])
            shown = in_time if at + timedelta(hours=1) + IN_TIME <= as_of else 0
            if shown + shown_late:
                keys = _keys(account.platform, found.units[index], at.astimezone(zone).date())
                yield keys, shown + shown_late, shown_late
    for day in days:
        for seen in web.unpaid_visits(world, day):
            if seen.at + timedelta(hours=1) + IN_TIME <= as_of:
                yield _keys("", None, seen.at.astimezone(zone).date()), seen.sessions, 0


def orders(world: World, as_of: datetime, asked: dict[str, Any]) -> Iterator[Found]:
    """Orders and leads with consent by the last tagged click of 30 days; no lead form of Meta's."""
    zone, margin = ZoneInfo(asked["time_zone"]), timedelta(days=1)
    for order in world.orders(asked["start"] - margin, asked["end"] + margin):
        clicks = sorted(
            (touch for touch in order.touches if touch.kind == "click"), key=lambda one: one.at
        )
        clicks = [one for one in clicks if one.at <= order.ordered_at]
        if not order.consent or (
            order.event == "lead" and clicks and clicks[-1].platform == "facebook_ads"
        ):
            continue
        if order.ordered_at + (LATE if web.is_late(order) else IN_TIME) > as_of:
            continue
        tagged = [
            one
            for one in clicks
            if _is_tagged(one.unit) and one.at >= order.ordered_at - timedelta(days=30)
        ]
        platform, unit = (tagged[-1].platform, tagged[-1].unit) if tagged else ("", None)
        keys = _keys(platform, unit, order.ordered_at.astimezone(zone).date())
        is_lead = order.event == "lead"
        yield {**keys, "event": order.event}, 1, 0 if is_lead else order.value_cents


def _keys(platform: str, unit: Unit | None, day: date) -> dict[str, str]:
    known = unit is not None and _is_tagged(unit)
    return {
        "platform": platform if known else "",
        "campaign_id": unit.campaign.campaign_id if unit is not None and known else "",
        "day": day.isoformat(),
    }


def _is_tagged(unit: Unit) -> bool:
    return unit.ad is not None and unit.ad.utm_campaign != ""
