"""How long a day takes from its end at the source to the products of those who read it.

Belongs here: activation lag, from a product's audits and its consumers'. Does not: the levels that
a product promises by itself (sli).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from shared_policies.governance.service_levels.calendar_time import HOUR, deadline, end_of
from shared_policies.governance.service_levels.sli import (
    History,
    Measurement,
    Standing,
    hours_after,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared_policies.governance.contracts.model import Contract
    from shared_policies.governance.ledger import AuditRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """A product that reads the measured one, with its own audits in order of time.

    `since` is when it began to be watched.
    """

    contract: Contract
    records: Sequence[AuditRecord]
    since: datetime

    def due_at(self, day: date, *, time_zone: str) -> datetime | None:
        """When it promises to have `day`; None if it promises no latency."""
        latency = self.contract.service_levels.get("latency")
        return None if latency is None else deadline(day, latency.duration, time_zone=time_zone)

    def is_awaited(self, day: date, *, time_zone: str) -> bool:
        """Whether it was there when `day` was due in it."""
        due_at = self.due_at(day, time_zone=time_zone) or end_of(day, time_zone=time_zone)
        return due_at >= self.since


def activation_lag(history: History, day: date, consumers: Sequence[Consumer]) -> Measurement:
    """When the slowest of `consumers` had `day` in a version of its own.

    Hours from the end of the day until it published a version that was made from one that covers
    the day; kept if that is within every consumer's own latency.
    """
    ended = end_of(day, time_zone=history.time_zone)
    arrivals = {one.contract.port: _arrival(history, day, one) for one in consumers}
    due = {
        one.contract.port: due_at
        for one in consumers
        if (due_at := one.due_at(day, time_zone=history.time_zone)) is not None
    }
    due_at = max(due.values(), default=ended)
    late = [port for port, by in due.items() if (arrivals[port] or history.now) > by]
    there = [at for at in arrivals.values() if at is not None]
    if late:
        standing = Standing.MISSED
    else:
        standing = Standing.KEPT if len(there) == len(arrivals) else Standing.PENDING
    return Measurement(
        port=history.contract.port,
        level="activation_lag",
        due_day=day,
        due_at=due_at,
        standing=standing,
        measured=hours_after(ended, max(there)) if len(there) == len(arrivals) else None,
        promised=(due_at - ended) / HOUR if due else None,
        unit="hours",
        observed=_arrived(day, arrivals),
    )


def _arrival(history: History, day: date, consumer: Consumer) -> datetime | None:
    """When `consumer` first published what was made from a version that covers `day`.

    A consumer that does not say which version it read is taken to have read the newest.
    """
    covering = [record for record in history.published if history.covers(record, day)]
    if not covering:
        return None
    versions = {record.version_id for record in covering}
    port = history.contract.port
    made = (
        record.at
        for record in consumer.records
        if record.published
        and covering[0].at <= record.at <= history.now
        and record.inputs.get(port, covering[0].version_id) in versions
    )
    return min(made, default=None)


def _arrived(day: date, arrivals: Mapping[str, datetime | None]) -> str:
    shown = [
        f"{port} {'not yet' if at is None else at.isoformat(timespec='minutes')}"
        for port, at in sorted(arrivals.items())
    ]
    return f"{day} in versions of consumers: {', '.join(shown)}"
