"""Keeps the ledger's database where the world is.

Belongs here: when it is written. Does not: what is written (tables.py).
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.sandbox.ledger.tables import write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tests.sandbox.state import Sandbox

SECONDS_BETWEEN_ENTRIES = 600.0


@dataclass
class Bookkeeper:
    """Writes the books of `sandbox` to the database at `url` (SQLAlchemy), to none if empty."""

    url: str
    sandbox: Sandbox
    _written: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def bring_up_to_date(self) -> None:
        as_of = self.sandbox.as_of
        with self._lock:
            if self.url and as_of != self._written:
                write(self.url, self.sandbox.world, as_of=as_of)
                self._written = as_of

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """The books are there when the block begins, and follow a running clock until it ends."""
        self.bring_up_to_date()
        ended = threading.Event()

        def keep() -> None:
            while not ended.wait(SECONDS_BETWEEN_ENTRIES):
                self.bring_up_to_date()

        thread = threading.Thread(target=keep, name="bookkeeper", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(timeout=5)
