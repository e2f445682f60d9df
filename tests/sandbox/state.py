"""What every platform's wire shares: the world, the clock, the faults, the log of requests.

Belongs here: state that tests can set and read. Does not: any platform's rules.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING

from tests.sandbox.faults import FaultPlan

if TYPE_CHECKING:
    from tests.sandbox.world.world import World


@dataclass
class RequestLog:
    """How often each source was asked for what, by account."""

    _counts: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def add(self, source: str, operation: str, account_id: str | None) -> None:
        with self._lock:
            self._counts[f"{source} {operation} {account_id or '-'}"] += 1

    def report(self) -> dict[str, int]:
        with self._lock:
            return dict(self._counts)

    def clear(self) -> None:
        with self._lock:
            self._counts.clear()


@dataclass
class Sandbox:
    """`fixed_as_of` unset means that the real clock moves the world.

    `click_windows` are days by id of a Google conversion action, where an account changed them.
    """

    world: World
    fixed_as_of: datetime | None
    faults: FaultPlan = field(default_factory=FaultPlan)
    requests: RequestLog = field(default_factory=RequestLog)
    access_tokens: set[str] = field(default_factory=set)
    click_windows: dict[int, int] = field(default_factory=dict)

    @property
    def as_of(self) -> datetime:
        return self.fixed_as_of or datetime.now(UTC)
