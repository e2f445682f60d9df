"""Google Analytics' reports: rows of dimensions and metrics, from the world and its rules.

Belongs here: properties, which names exist, how what was seen is counted. Does not: the wire.
Source: developers.google.com/analytics/devguides/reporting/data/v1/api-schema.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.sandbox.google_analytics.errors import NOT_PERMITTED, invalid
from tests.sandbox.world.web import seen_between

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.sandbox.world.web import Seen
    from tests.sandbox.world.world import World

MOST_DIMENSIONS = 9
MOST_METRICS = 10
EVENTS = {"arrival": "session_start", "purchase": "purchase", "lead": "generate_lead"}


@dataclass(frozen=True)
class KeyEvent:
    event_name: str
    counting: str
    default_value: float | None


@dataclass(frozen=True)
class Property:
    property_id: str
    name: str
    time_zone: str
    currency: str
    readable: bool


ACCOUNT_ID = "100000001"
PROPERTIES = (
    Property("400000001", "Aurora Shop", "Europe/Berlin", "EUR", readable=True),
    Property("400000002", "Aurora Shop (agency)", "Europe/Berlin", "EUR", readable=False),
)
KEY_EVENTS = (
    KeyEvent("purchase", "ONCE_PER_EVENT", None),
    KeyEvent("generate_lead", "ONCE_PER_SESSION", 20.0),
)


@dataclass(frozen=True)
class Row:
    dimensions: tuple[str, ...]
    metrics: tuple[float, ...]


@dataclass(frozen=True)
class Asked:
    """A report request: days are inclusive, `conditions` are exact values of dimensions."""

    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    first: date
    last: date
    conditions: tuple[tuple[str, str], ...]
    order_bys: tuple[tuple[str, bool], ...]


def readable(property_id: str) -> Property:
    """Raises Refusal: what may not be read and what does not exist look the same."""
    for found in PROPERTIES:
        if found.property_id == property_id and found.readable:
            return found
    raise NOT_PERMITTED


def check(asked: Asked) -> None:
    """Raises Refusal for what the platform would not answer."""
    named = (*asked.dimensions, *(name for name, _ in asked.conditions))
    check_names(named, asked.metrics)
    if ITEM_DIMENSIONS & set(named):
        raise invalid("Please remove itemName to make the request compatible.")
    if len(asked.dimensions) > MOST_DIMENSIONS or not 0 < len(asked.metrics) <= MOST_METRICS:
        raise invalid("Requests are limited to 9 dimensions and to 1 to 10 metrics.")
    for name, _ in asked.order_bys:
        if name not in (*asked.dimensions, *asked.metrics):
            raise invalid(f"{name} is ordered by and not in the report.")
    if asked.last < asked.first:
        raise invalid("A date range ends before it starts.")


def check_names(dimensions: Sequence[str], metrics: Sequence[str]) -> None:
    """Raises Refusal for what is not there."""
    for dimension in dimensions:
        if dimension not in DIMENSIONS and dimension not in ITEM_DIMENSIONS:
            raise invalid(f"Field {dimension} is not a valid dimension.")
    for metric in metrics:
        if metric not in METRICS:
            raise invalid(f"Field {metric} is not a valid metric.")


def report(world: World, found: Property, asked: Asked, as_of: datetime) -> list[Row]:
    """Every row that is not all zero; in the order asked for, else in none."""
    zone = ZoneInfo(found.time_zone)
    shown = [DIMENSIONS[name] for name in asked.dimensions]
    conditions = [(DIMENSIONS[name], value) for name, value in asked.conditions]
    counted = [METRICS[name] for name in asked.metrics]
    sums: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0] * len(counted))
    day = asked.first
    while day <= asked.last:
        for seen in seen_between(world, _midnight(day, zone), _midnight(day, zone, after=1)):
            if seen.visible_at > as_of:
                continue
            local = seen.at.astimezone(zone)
            if any(value_of(seen, local) != wanted for value_of, wanted in conditions):
                continue
            total = sums[tuple(value_of(seen, local) for value_of in shown)]
            for position, count in enumerate(counted):
                total[position] += count(seen)
        day += timedelta(days=1)
    units = [0.01 if name == "totalRevenue" else 1 for name in asked.metrics]
    rows = [
        Row(key, tuple(round(n * unit, 2) for n, unit in zip(total, units, strict=True)))
        for key, total in sums.items()
        if any(total)
    ]
    return _ordered(rows, asked)


def withheld(rows: Sequence[Row]) -> list[Row]:
    """What thresholding leaves: nothing that stands for a single person."""
    return [row for row in rows if row.metrics[0] > 1]


def with_other_row(rows: Sequence[Row], dimensions: Sequence[str]) -> list[Row]:
    """What a table of too many rows becomes: every second one is added to an "(other)" row."""
    kept = {"date", "dateHour", "hour", "eventName", "isKeyEvent"}
    others: dict[tuple[str, ...], list[float]] = {}
    for row in rows[1::2]:
        key = tuple(
            value if name in kept else "(other)"
            for name, value in zip(dimensions, row.dimensions, strict=True)
        )
        total = others.setdefault(key, [0.0] * len(row.metrics))
        for position, count in enumerate(row.metrics):
            total[position] = round(total[position] + count, 2)
    return [*rows[::2], *(Row(key, tuple(total)) for key, total in others.items())]


def _ordered(rows: list[Row], asked: Asked) -> list[Row]:
    rows.sort(key=lambda row: blake2b("|".join(row.dimensions).encode()).digest())
    for name, descending in reversed(asked.order_bys):
        if name in asked.dimensions:
            at = asked.dimensions.index(name)
            rows.sort(key=lambda row, at=at: row.dimensions[at], reverse=descending)  # type: ignore[misc]
        else:
            at = asked.metrics.index(name)
            rows.sort(key=lambda row, at=at: row.metrics[at], reverse=descending)  # type: ignore[misc]
    return rows


def _midnight(day: date, zone: ZoneInfo, *, after: int = 0) -> datetime:
    moved = day + timedelta(days=after)
    return datetime(moved.year, moved.month, moved.day, tzinfo=zone).astimezone(UTC)


def _customer(seen: Seen) -> str:
    digits = seen.traffic.google_ads_account_id
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}" if digits else ""


def _or_not_set(value: str) -> str:
    return value or "(not set)"


def _key_events(seen: Seen) -> int:
    """Once per event, or once per session: then the second one of a session does not count."""
    if seen.what == "arrival":
        return 0
    counting = {one.event_name: one.counting for one in KEY_EVENTS}[EVENTS[seen.what]]
    return 0 if seen.again and counting == "ONCE_PER_SESSION" else 1


DIMENSIONS: Mapping[str, Callable[[Seen, datetime], str]] = {
    "date": lambda _, local: f"{local:%Y%m%d}",
    "dateHour": lambda _, local: f"{local:%Y%m%d%H}",
    "hour": lambda _, local: f"{local:%H}",
    "eventName": lambda seen, _: EVENTS[seen.what],
    "isKeyEvent": lambda seen, _: "true" if _key_events(seen) else "false",
    "sessionSource": lambda seen, _: seen.traffic.source,
    "sessionMedium": lambda seen, _: seen.traffic.medium,
    "sessionCampaignName": lambda seen, _: seen.traffic.campaign,
    "sessionManualCampaignId": lambda seen, _: _or_not_set(seen.traffic.utm_id),
    "sessionGoogleAdsCampaignId": lambda seen, _: _or_not_set(seen.traffic.google_ads_campaign_id),
    "sessionGoogleAdsCustomerId": lambda seen, _: _or_not_set(_customer(seen)),
}
# Of the items in a purchase; it goes with none of the metrics here.
ITEM_DIMENSIONS = {"itemName"}
# Revenue is summed in cents.
METRICS: Mapping[str, Callable[[Seen], int]] = {
    "sessions": lambda seen: seen.sessions,
    "engagedSessions": lambda seen: seen.engaged,
    "keyEvents": _key_events,
    "totalRevenue": lambda seen: seen.value_cents,
}
