"""Ranges of calendar days, always half-open.

Belongs here: arithmetic on days. Does not: which days a source must pull again (landing/).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRange:
    """Calendar days: `start` included, `end` excluded, as in a partition window. Never empty."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            message = f"a day range ends after it starts: got {self.start} to {self.end}"
            raise ValueError(message)

    @classmethod
    def single(cls, day: date) -> DayRange:
        return cls(start=day, end=day + timedelta(days=1))

    @property
    def last_day(self) -> date:
        """For platforms whose "until" is inclusive (Google Ads, Meta)."""
        return self.end - timedelta(days=1)

    def __len__(self) -> int:
        return (self.end - self.start).days

    def __iter__(self) -> Iterator[date]:
        for offset in range(len(self)):
            yield self.start + timedelta(days=offset)

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def __str__(self) -> str:
        return str(self.start) if len(self) == 1 else f"{self.start} to {self.last_day}"

    def halves(self) -> tuple[DayRange, DayRange]:
        """Two ranges that cover this one. Raises ValueError for a single day."""
        middle = self.start + timedelta(days=len(self) // 2)
        return DayRange(start=self.start, end=middle), DayRange(start=middle, end=self.end)


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def day_is_over(day: date, *, time_zone: str, at: datetime) -> bool:
    """Whether `day` has ended in `time_zone` (IANA) at the instant `at` (aware)."""
    end_of_day = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(time_zone))
    return at.astimezone(UTC) >= (end_of_day + timedelta(days=1)).astimezone(UTC)


def local_day(instant: datetime, *, time_zone: str) -> date:
    """The calendar day on which `instant` (aware) falls in `time_zone` (IANA)."""
    return instant.astimezone(ZoneInfo(time_zone)).date()
