"""Keeps what is read without asking the sandbox where the world is: the ledger and dropped files.

Belongs here: when they are written. Does not: what is written (ledger/tables.py, dropped.py).
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.sandbox import dropped
from tests.sandbox.ledger.tables import write
from tests.sandbox.surveys import drops

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from tests.sandbox.state import Sandbox

SECONDS_BETWEEN_ENTRIES = 600.0


@dataclass
class Keeper:
    """Writes what is read without asking, as of where `sandbox` is.

    The books go to the database at `ledger_url` (SQLAlchemy); if it is empty, neither books nor
    survey files are kept.
    """

    ledger_url: str
    files_dir: Path
    sandbox: Sandbox
    _written: datetime | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def bring_up_to_date(self) -> None:
        as_of = self.sandbox.as_of
        with self._lock:
            if as_of != self._written:
                if self.ledger_url:
                    write(self.ledger_url, self.sandbox.world, as_of=as_of)
                    drops.write(self.files_dir / "surveys", self.sandbox.world, as_of=as_of)
                dropped.write(self.files_dir, as_of=as_of)
                self._written = as_of

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """All is there when the block begins, and follows a running clock until it ends."""
        self.bring_up_to_date()
        ended = threading.Event()

        def keep() -> None:
            while not ended.wait(SECONDS_BETWEEN_ENTRIES):
                self.bring_up_to_date()

        thread = threading.Thread(target=keep, name="keeper", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(timeout=5)
