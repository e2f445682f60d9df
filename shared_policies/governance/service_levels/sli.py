"""Service level indicators: what came of each promise, by the day it was due for.

Belongs here: pure functions of a contract, its audits and an instant. Does not: how consumers keep
up (activation), how much may be missed (slo), reading the ledger, Dagster.

What is measured, per calendar day D of the reporting time zone:
  latency         hours from the end of D until a version that covers D was published. Kept if
                  that was by the deadline.
  freshness       the greatest age in hours of the newest version, at any instant of D.
  completeness    the share of due slices that the version current at D's deadline knows.
  availability    the share of D during which a version was readable and the newest audit had not
                  been refused; from the first publication or the first deadline on, whichever
                  came first.

A version that was published only because a failure was waived is seen as it was (hours, shares),
and keeps no promise of latency, completeness or availability: a waiver buys time, not a budget.
A level without any evidence is missed once it is due, never kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import count, pairwise
from typing import TYPE_CHECKING, Literal

from shared_policies.governance.policies.verdicts import Outcome
from shared_policies.governance.service_levels.calendar_time import (
    HOUR,
    ONE_DAY,
    deadline,
    end_of,
    start_of,
)
from shared_policies.governance.service_levels.coverage import by_itself, covers
from shared_policies.platform.days import local_day

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared_policies.governance.contracts.model import Contract
    from shared_policies.governance.ledger import AuditRecord

Level = Literal["latency", "freshness", "completeness", "availability", "activation_lag"]
LEVELS: tuple[Level, ...] = (
    "latency",
    "freshness",
    "completeness",
    "availability",
    "activation_lag",
)
# By when a product that promises completeness and no latency has to be complete.
WITHOUT_LATENCY = ONE_DAY
# A deadline lies at most this many days behind its day.
DAYS_BACK = 15


class Standing(StrEnum):
    """What became of a promise about one day."""

    KEPT = "kept"
    MISSED = "missed"
    PENDING = "pending"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One level of one product for one day. `measured` and `promised` are hours or shares.

    `due_at` is when the promise was, or will be, decided at the latest.
    """

    port: str
    level: Level
    due_day: date
    due_at: datetime
    standing: Standing
    measured: float | None
    promised: float | None
    unit: Literal["hours", "share"]
    observed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is known of a product at the instant `now`.

    `since` is when it began to be watched: nothing was due before. Records after `now` are not
    known yet, so that any earlier state can be computed again.
    """

    contract: Contract
    records: tuple[AuditRecord, ...]
    published: tuple[AuditRecord, ...]
    now: datetime
    since: datetime
    time_zone: str

    @classmethod
    def of(
        cls,
        contract: Contract,
        records: Sequence[AuditRecord],
        *,
        now: datetime,
        since: datetime,
        time_zone: str,
    ) -> History:
        known = (record for record in records if record.at <= now)
        ordered = tuple(sorted(known, key=lambda record: record.at))
        first = min([since, *(record.at for record in ordered[:1])])
        return cls(
            contract=contract,
            records=ordered,
            published=tuple(record for record in ordered if record.published),
            now=now,
            since=first,
            time_zone=time_zone,
        )

    def promise(self, level: Level) -> timedelta:
        return self.contract.service_levels[level].duration

    def share(self, level: Level) -> float:
        return float(self.contract.service_levels[level].value)

    def deadline(self, day: date) -> datetime:
        promised = "latency" in self.contract.service_levels
        latency = self.promise("latency") if promised else WITHOUT_LATENCY
        return deadline(day, latency, time_zone=self.time_zone)

    def covers(self, record: AuditRecord, day: date) -> bool:
        """Whether `day` is wholly known in the audited table."""
        return covers(record, day, self.contract, time_zone=self.time_zone)

    @property
    def awaited_from(self) -> datetime:
        """From when readers may expect a version: the first there was, or was promised."""
        begun = local_day(self.since, time_zone=self.time_zone)
        days = (begun + offset * ONE_DAY for offset in count(-DAYS_BACK))
        first_due = next(due for day in days if (due := self.deadline(day)) >= self.since)
        return min([first_due, *(record.at for record in self.published[:1])])

    def current_at(self, instant: datetime) -> AuditRecord | None:
        """The version that readers got at `instant`."""
        return next((one for one in reversed(self.published) if one.at <= instant), None)


def measurements(history: History, *, days: int) -> list[Measurement]:
    """Every promised level for each of the last `days` days that were due, oldest first."""
    measure = {
        "latency": (latency, due_days),
        "freshness": (freshness, watched_days),
        "completeness": (completeness, due_days),
        "availability": (availability, awaited_days),
    }
    return [
        function(history, day)
        for level, (function, days_of) in measure.items()
        if level in history.contract.service_levels
        for day in days_of(history, days)
    ]


def due_days(history: History, days: int) -> list[date]:
    """Days that are over and whose deadline had not passed when the product began."""
    today = local_day(history.now, time_zone=history.time_zone)
    over = (today - offset * ONE_DAY for offset in range(days, 0, -1))
    return [day for day in over if history.deadline(day) >= history.since]


def watched_days(history: History, days: int) -> list[date]:
    """Days of which at least an instant was watched, the running one included."""
    today = local_day(history.now, time_zone=history.time_zone)
    begun = local_day(history.since, time_zone=history.time_zone)
    some = (today - offset * ONE_DAY for offset in range(days - 1, -1, -1))
    return [day for day in some if day >= begun]


def awaited_days(history: History, days: int) -> list[date]:
    """Watched days of which at least an instant lies after `History.awaited_from`."""
    begun = history.awaited_from
    return [
        day
        for day in watched_days(history, days)
        if begun <= history.now and begun < end_of(day, time_zone=history.time_zone)
    ]


def latency(history: History, day: date) -> Measurement:
    """Whether `day` was published by its deadline."""
    due_at = history.deadline(day)
    covering = [record for record in history.published if history.covers(record, day)]
    in_time = [record for record in covering if record.at <= due_at]
    first = covering[0] if covering else None
    if any(map(by_itself, in_time)):
        standing = Standing.KEPT
    else:
        standing = Standing.PENDING if history.now <= due_at else Standing.MISSED
    ended = end_of(day, time_zone=history.time_zone)
    return Measurement(
        port=history.contract.port,
        level="latency",
        due_day=day,
        due_at=due_at,
        standing=standing,
        measured=None if first is None else hours_after(ended, first.at),
        promised=(due_at - ended) / HOUR,
        unit="hours",
        observed=_coverage(history, day, first),
    )


def _coverage(history: History, day: date, first: AuditRecord | None) -> str:
    newest = history.published[-1] if history.published else None
    if first is not None:
        when = first.at.isoformat(timespec="minutes")
        return f"{day} was first published at {when}{_waiver(first)}"
    if newest is None:
        return f"{day} is not published; nothing ever was"
    if history.contract.service_levels["latency"].element is None:
        return f"{day} is not published; the newest version is from {newest.at:%Y-%m-%d %H:%M} UTC"
    if newest.covered_through is None:
        return f"the newest version does not say through which day it is known, so {day} is not"
    return f"{day} is not published; the newest version is known through {newest.covered_through}"


def freshness(history: History, day: date) -> Measurement:
    """How old the newest version became during `day`."""
    start, end = _watched(history, day, since=history.since)
    ended = end_of(day, time_zone=history.time_zone)
    promised = history.promise("freshness")
    before = history.current_at(start)
    births = [history.since if before is None else before.at]
    births += [record.at for record in history.published if start < record.at < end]
    # The newest version is oldest just before the next one, or at the end.
    ages = [until - born for born, until in zip(births, [*births[1:], end], strict=True)]
    oldest = max(ages)
    if oldest > promised:
        standing = Standing.MISSED
    else:
        standing = Standing.KEPT if history.now >= ended else Standing.PENDING
    nothing = "" if history.published else "; nothing was ever published"
    return Measurement(
        port=history.contract.port,
        level="freshness",
        due_day=day,
        due_at=ended,
        standing=standing,
        measured=oldest / HOUR,
        promised=promised / HOUR,
        unit="hours",
        observed=f"the newest version became {oldest / HOUR:.1f} hours old on {day}{nothing}",
    )


def completeness(history: History, day: date) -> Measurement:
    """How much of what was due is in the version that was current at the deadline of `day`."""
    due_at = history.deadline(day)
    version = history.current_at(min(due_at, history.now))
    there = version is not None and history.covers(version, day)
    share = version.complete_share if version is not None and there else None
    if history.now <= due_at:
        standing = Standing.PENDING
    elif version is None or not there:
        standing = Standing.MISSED
    elif share is None:
        standing = Standing.NOT_APPLICABLE
    else:
        kept = share >= history.share("completeness") and by_itself(version)
        standing = Standing.KEPT if kept else Standing.MISSED
    return Measurement(
        port=history.contract.port,
        level="completeness",
        due_day=day,
        due_at=due_at,
        standing=standing,
        measured=share,
        promised=history.share("completeness"),
        unit="share",
        observed=_completeness(day, version if there else None),
    )


def _completeness(day: date, version: AuditRecord | None) -> str:
    if version is None:
        return f"{day} was in no version that was current by its deadline"
    if version.complete_share is None:
        return f"nothing was due from any account for {day}"
    lacking = f"; without an answer: {', '.join(version.incomplete)}" if version.incomplete else ""
    share = f"{version.complete_share:.2%} of what was due for {day} is known"
    return f"{share}{lacking}{_waiver(version)}"


def availability(history: History, day: date) -> Measurement:
    """During how much of `day` a version was readable and the newest audit not refused."""
    start, end = _watched(history, day, since=history.awaited_from)
    ended = end_of(day, time_zone=history.time_zone)
    good = sum((until - since for since, until in _good_times(history, start, end)), timedelta())
    share = good / (end - start) if end > start else float(_is_good(history, start))
    still_possible = (good + (ended - end)) / (ended - start) if ended > start else share
    promised = history.share("availability")
    if still_possible < promised:
        standing = Standing.MISSED
    else:
        standing = Standing.KEPT if history.now >= ended else Standing.PENDING
    return Measurement(
        port=history.contract.port,
        level="availability",
        due_day=day,
        due_at=ended,
        standing=standing,
        measured=share,
        promised=promised,
        unit="share",
        observed=f"readable, with its newest audit passed, during {share:.2%} of {day}",
    )


def _good_times(
    history: History, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    changes = [record.at for record in history.records if start < record.at < end]
    edges = [start, *changes, end]
    for since, until in pairwise(edges):
        if _is_good(history, since):
            yield since, until


def _is_good(history: History, instant: datetime) -> bool:
    newest = next((one for one in reversed(history.records) if one.at <= instant), None)
    return newest is not None and by_itself(newest)


def _watched(history: History, day: date, *, since: datetime) -> tuple[datetime, datetime]:
    """The part of `day` that lies after `since` and has passed, in UTC."""
    start = max(start_of(day, time_zone=history.time_zone), since)
    end = min(end_of(day, time_zone=history.time_zone), history.now)
    return start, max(start, end)


def hours_after(ended: datetime, instant: datetime) -> float:
    """None at all where it was there before the day ended, as carried exchange rates are."""
    return max(0.0, (instant - ended) / HOUR)


def _waiver(record: AuditRecord) -> str:
    codes = [one.code for one in record.verdicts if one.outcome is Outcome.WAIVED]
    return f", only because {', '.join(codes)} was waived" if codes else ""
