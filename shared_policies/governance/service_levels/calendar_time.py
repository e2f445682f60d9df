"""When a calendar day begins and when a promise about it is due, in the company's time zone.

Belongs here: from wall clocks to instants. Does not: what is measured at them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
ONE_DAY = timedelta(days=1)


def start_of(day: date, *, time_zone: str) -> datetime:
    """The first instant of `day` in `time_zone` (IANA), in UTC."""
    on_day = [
        reading
        for reading in _readings(datetime.combine(day, time()), time_zone)
        if reading.astimezone(ZoneInfo(time_zone)).date() == day
    ]
    return min(on_day, default=max(_readings(datetime.combine(day, time()), time_zone)))


def end_of(day: date, *, time_zone: str) -> datetime:
    """The first instant after `day` in `time_zone`, in UTC."""
    return start_of(day + ONE_DAY, time_zone=time_zone)


def deadline(day: date, latency: timedelta, *, time_zone: str) -> datetime:
    """When `day` has to be there: `latency` after its end, read on the wall clock; in UTC.

    PT9H is nine o'clock on the next morning, also on the days on which the clock is changed. A
    time of day that the clock skips or repeats is read as late as it can be.
    """
    wall = datetime.combine(day + ONE_DAY, time()) + latency
    return max(_readings(wall, time_zone))


def _readings(wall: datetime, time_zone: str) -> list[datetime]:
    """The instants that `wall` may mean: one, or two where the clock is changed."""
    zone = ZoneInfo(time_zone)
    return [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
