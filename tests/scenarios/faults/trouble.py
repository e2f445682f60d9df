"""Trouble that a system outside makes, and how it is brought about.

Belongs here: what a trouble is, its two sorts: on the wire, and in files that we are given. Does
not: which there are (platform_faults.py).
"""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from shared_policies.platform.days import DayRange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tests.sandbox.process import RunningSandbox

    # Lasts as long as its block, which is told whether anything met it.
    Trouble = Callable[[RunningSandbox], AbstractContextManager[Callable[[], bool]]]

# What was there before, and what the troubled pull asks for: sixteen days are an asynchronous
# report at Meta and a bulk job at Salesforce, and Berlin and New York turn their clocks back in
# them.
BEFORE = DayRange(start=date(2026, 10, 19), end=date(2026, 10, 22))
ASKED = DayRange(start=date(2026, 10, 19), end=date(2026, 11, 4))
FOR_EVER: dict[str, Any] = {"times": None}


@dataclass(frozen=True, kw_only=True)
class PlatformFault:
    """`by_itself` says that no rerun may be needed.

    `source` is ours, `stream` the one that is pulled meanwhile, for the days `asked`.
    """

    name: str
    source: str
    stream: str
    trouble: Trouble
    by_itself: bool
    asked: DayRange = ASKED
    settings: dict[str, str] = field(default_factory=dict)


def on_the_wire(source: str, **plan: object) -> Trouble:
    """The sandbox answers as `plan` says (tests/sandbox/faults.py)."""

    @contextmanager
    def lasting(sandbox: RunningSandbox) -> Iterator[Callable[[], bool]]:
        sandbox.set_faults({"source": source, **plan})
        try:
            yield lambda: any(one["fired"] for one in sandbox.faults())
        finally:
            sandbox.set_faults()

    return lasting


def in_files(found: Callable[[RunningSandbox], Path], damage: Callable[[Path], None]) -> Trouble:
    """`damage` is done to a file or folder that we only read, and undone after the block."""

    @contextmanager
    def lasting(sandbox: RunningSandbox) -> Iterator[Callable[[], bool]]:
        path = found(sandbox)
        with TemporaryDirectory(dir=path.parent.parent) as kept:
            undamaged = path.rename(Path(kept) / path.name)
            try:
                _copy(undamaged, path)
                damage(path)
                yield lambda: True
            finally:
                _remove(path)
                undamaged.rename(path)

    return lasting


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def gone(path: Path) -> None:
    _remove(path)


def _copy(original: Path, path: Path) -> None:
    if original.is_dir():
        shutil.copytree(original, path)
    else:
        shutil.copy2(original, path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
