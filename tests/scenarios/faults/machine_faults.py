"""What the machine does to us: killed processes, full and damaged disks, two runs at once.

Belongs here: each trouble and how it comes up in a real process. Does not: what is landed
meanwhile and afterwards (trials.py).
"""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.scenarios.mesh import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PATIENCE_SECONDS = 120
SMALLEST_FILE = 2_000
# A pull in a process of its own; with a number it stands still before the write of that number.
PULL = """
import sys, time
from datetime import date
from marketing_domain.connectors.google_ads import STREAMS, connect
from shared_policies.platform.days import DayRange
from shared_policies.platform.file_store import FileStore
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.pulling import pull_accounts
folder, first, end, stop = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
write, count = FileStore.write, 0
def halting(self, path, content):
    global count
    count += "_schema" not in path
    if count == stop > 0:
        print("halted", flush=True)
        time.sleep(600)
    write(self, path, content)
FileStore.write = halting
print("ready", flush=True)
report = pull_accounts(
    connect(), STREAMS["campaign_hour"],
    DayRange(start=date.fromisoformat(first), end=date.fromisoformat(end)),
    landing_store=LandingStore(folder), threads=1, on_progress=lambda line: None,
)
report.raise_for_failures()
"""


@dataclass(frozen=True, kw_only=True)
class MachineFault:
    """`strike(folder, pull)` brings the trouble about and leaves when it is over.

    `pull(stop)` starts the pull; `stop` is the number of the write before which it stands still.
    """

    name: str
    strike: Callable[[Path, Callable[..., subprocess.Popen[str]]], None]


def started(folder: Path, first: str, end: str, stop: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", PULL, str(folder), first, end, str(stop)],
        cwd=ROOT,
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _killed_before_write(number: int) -> MachineFault:
    def strike(_: Path, pull: Callable[..., subprocess.Popen[str]]) -> None:
        process = pull(stop=number)
        assert process.stdout is not None
        assert [process.stdout.readline().strip() for _ in range(2)] == ["ready", "halted"]
        process.kill()
        process.communicate()

    return MachineFault(name=f"killed before its write number {number}", strike=strike)


def _killed_at_random(seed: int) -> MachineFault:
    def strike(_: Path, pull: Callable[..., subprocess.Popen[str]]) -> None:
        process = pull()
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(random.Random(seed).uniform(0, 2.5))  # noqa: S311  no secret
        process.kill()
        process.communicate()

    return MachineFault(name=f"killed at a random moment ({seed})", strike=strike)


def _disk_full(_: Path, pull: Callable[..., subprocess.Popen[str]]) -> None:
    """No file grows beyond a few rows: what a full disk answers, in the middle of a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handled = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALLEST_FILE, before[1]))
    try:
        process = pull()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handled)
    process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode, "the disk was not full"


def _read_only(folder: Path, pull: Callable[..., subprocess.Popen[str]]) -> None:
    """Files stand where folders have to be made: nothing can be written, whoever asks."""
    source = folder / "google_ads"
    aside = folder / "google_ads.aside"
    source.rename(aside)
    source.write_text("no folder")
    try:
        process = pull()
        process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode, "it could write"
    finally:
        source.unlink()
        aside.rename(source)


def _two_at_once(_: Path, pull: Callable[..., subprocess.Popen[str]]) -> None:
    for process in [pull(), pull()]:
        _, told = process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == 0, told


def _damage(name: str, pattern: str, damage: Callable[[Path], None]) -> MachineFault:
    def strike(folder: Path, _: Callable[..., subprocess.Popen[str]]) -> None:
        found = sorted(
            path for path in (folder / "google_ads").glob(pattern) if "_schema" not in path.name
        )
        assert found, pattern
        for path in found:
            damage(path)

    return MachineFault(name=name, strike=strike)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _gone(path: Path) -> None:
    path.unlink()


DATA, LOG, INDEX = "campaign_hour/*/*.parquet", "_pull_log/*/*.parquet", "_latest/*.parquet"
KILLED = tuple(_killed_before_write(number) for number in range(1, 7))
AT_RANDOM = tuple(_killed_at_random(seed) for seed in range(1, 9))
DISK = (
    MachineFault(name="disk full", strike=_disk_full),
    MachineFault(name="read-only folder", strike=_read_only),
    _damage("data files cut", DATA, _cut),
    _damage("data files gone", DATA, _gone),
    _damage("pull log cut", LOG, _cut),
    _damage("index of the pull log cut", INDEX, _cut),
    _damage("index of the pull log gone", INDEX, _gone),
)
TWO_AT_ONCE = MachineFault(name="two runs of the same days at once", strike=_two_at_once)
MACHINE_FAULTS = (*KILLED, *AT_RANDOM, *DISK, TWO_AT_ONCE)
