"""Faults as data: the n-th matching request of a source is answered with this trouble.

Belongs here: the plan and its counting. Does not: how a platform words its trouble (errors.py).
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Fault:
    """From the `nth` matching request on, `times` of them (None: for ever) meet `kind`."""

    source: str
    kind: str
    operation: str | None = None
    account_id: str | None = None
    stream: str | None = None
    nth: int = 1
    times: int | None = 1
    after_rows: int = 0
    seconds: float = 1.0

    def matches(self, source: str, operation: str, account_id: str | None, text: str) -> bool:
        return (
            self.source == source
            and self.operation in {None, operation}
            and self.account_id in {None, account_id}
            and (self.stream is None or re.search(self.stream, text) is not None)
        )


@dataclass
class FaultPlan:
    """The faults in force; safe to ask from many threads."""

    faults: list[Fault] = field(default_factory=list)
    _seen: list[int] = field(default_factory=list)
    _fired: list[int] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def replace(self, faults: list[dict[str, Any]]) -> None:
        with self._lock:
            self.faults = [Fault(**fault) for fault in faults]
            self._seen = [0] * len(self.faults)
            self._fired = [0] * len(self.faults)

    def next(self, source: str, operation: str, account_id: str | None, text: str) -> Fault | None:
        """The fault that this request meets, if any."""
        with self._lock:
            for index, fault in enumerate(self.faults):
                if not fault.matches(source, operation, account_id, text):
                    continue
                self._seen[index] += 1
                used_up = fault.times is not None and self._fired[index] >= fault.times
                if self._seen[index] >= fault.nth and not used_up:
                    self._fired[index] += 1
                    return fault
        return None

    def report(self) -> list[dict[str, Any]]:
        with self._lock:
            return [
                {**asdict(fault), "seen": seen, "fired": fired}
                for fault, seen, fired in zip(self.faults, self._seen, self._fired, strict=True)
            ]
