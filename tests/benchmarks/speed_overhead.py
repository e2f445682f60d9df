"""What Dagster and dbt cost beside the work of a day.

Belongs here: the whole daily run after a month of history, and clocks around its work. Does not:
load of the code locations, whose process stays up (speed_loading.py).

Work is sources (waiting for them and decoding, whichever threads do it), SQL (what dbt says of
its nodes, and the export of products) and audit. Overhead is the rest of the wall's
clock: Dagster's runs and events, dbt's processes and parsing, columns and lineage, and also what
no framework makes us do: landing, which is told beside it, and products that Python computes.
"""

from __future__ import annotations

import os
import threading
import time
import warnings
from collections import defaultdict
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from unittest.mock import patch

import dagster as dg

from shared_policies.governance import publishing
from shared_policies.orchestration import dbt_project, landing_assets
from shared_policies.orchestration.dbt_project import Dbt
from shared_policies.platform import pulling
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.warehouse import Warehouse
from tests.sandbox.process import running_sandbox
from tests.scenarios.mesh import mesh_environment, parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date
    from pathlib import Path

    from shared_policies.orchestration.dbt_process import NodeEnded
    from tests.scenarios.mesh import Part

Answer = TypeVar("Answer")
LOOKBACK = timedelta(days=29)
LINES_OF_LOG = 80
WORK = ("sources", "sql", "audit")


@dataclass(frozen=True, kw_only=True)
class Day:
    """Seconds of a daily run: whole runs by part, and their work by part and kind.

    Some of those of landing lie within those of sources, where other threads wait for these.
    """

    by_part: Mapping[str, float]
    work_by_part: Mapping[str, Mapping[str, float]]

    @property
    def seconds(self) -> float:
        return sum(self.by_part.values())

    @property
    def overhead_by_part(self) -> Mapping[str, float]:
        return {
            part: seconds - sum(self.work_by_part[part][kind] for kind in WORK)
            for part, seconds in self.by_part.items()
        }

    @property
    def overhead_seconds(self) -> float:
        return sum(self.overhead_by_part.values())

    @property
    def overhead_share(self) -> float:
        return self.overhead_seconds / self.seconds


@dataclass
class Clock:
    """Seconds by kind in which at least one thread was at it, and none counts twice."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _inside: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _since: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def running(self, kind: str) -> Iterator[None]:
        with self._lock:
            if not self._inside[kind]:
                self._since[kind] = time.perf_counter()
            self._inside[kind] += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside[kind] -= 1
                if not self._inside[kind]:
                    self.seconds[kind] += time.perf_counter() - self._since[kind]

    def around(self, kind: str, work: Callable[..., Answer]) -> Callable[..., Answer]:
        def timed(*args: Any, **how: Any) -> Answer:  # noqa: ANN401
            with self.running(kind):
                return work(*args, **how)

        return timed


def daily_run(data_dir: Path) -> Day:
    """Of the demo world, the day after its last thirty days were landed and published.

    Raises:
        RuntimeError: a part of it failed; with the end of its log.
    """
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    with running_sandbox(world="demo") as sandbox:
        environment = mesh_environment(data_dir, sandbox)
        with patch.dict(os.environ, environment), dg.DagsterInstance.get() as instance:
            every = parts()
            for part in every:
                _run(part, instance, yesterday - timedelta(days=1), data_dir)
            by_part, work_by_part = {}, {}
            for part in every:
                with _clocks(Clock()) as clock:
                    by_part[part.title] = _run(part, instance, yesterday, data_dir)
                work_by_part[part.title] = {
                    kind: clock.seconds[kind] for kind in (*WORK, "landing")
                }
    return Day(by_part=by_part, work_by_part=work_by_part)


def _run(part: Part, instance: dg.DagsterInstance, last_day: date, data_dir: Path) -> float:
    started = time.perf_counter()
    log = data_dir / "overhead.log"
    with (
        log.open("a") as file,
        redirect_stdout(file),
        redirect_stderr(file),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        first_day, tags = str(last_day - LOOKBACK), {"benchmark": "speed"}
        result = part.run(instance, first_day=first_day, last_day=str(last_day), tags=tags)
        seconds = time.perf_counter() - started
    # A run of the deployed mesh is a process, with which its dbt ends.
    dbt_project.stop()
    if not result.success:
        failures = [event.message for event in result.filter_events(lambda one: one.is_failure)]
        tail = log.read_text().splitlines()[-LINES_OF_LOG:]
        raise RuntimeError("\n".join([f"{part.title} failed.", *map(str, failures), *tail]))
    return seconds


@contextmanager
def _clocks(clock: Clock) -> Iterator[Clock]:
    """Every place where work is done, with a clock around it."""
    pull_accounts, run = landing_assets.pull_accounts, Dbt.run
    asked = clock.around("sources", pulling.refuse_wrong_clock)

    def pull(connector: Any, *args: Any, **how: Any) -> Any:  # noqa: ANN401
        return pull_accounts(_Watched(connector, clock), *args, **how)

    def ran(self: Dbt, *args: Any, **how: Any) -> Iterator[NodeEnded]:  # noqa: ANN401
        for node in run(self, *args, **how):
            clock.seconds["sql"] += node.seconds
            yield node

    with (
        patch.object(landing_assets, "pull_accounts", pull),
        patch.object(pulling, "refuse_wrong_clock", asked),
        patch.object(LandingStore, "land", clock.around("landing", LandingStore.land)),
        patch.object(Dbt, "run", ran),
        patch.object(publishing, "judge", clock.around("audit", publishing.judge)),
        patch.object(Warehouse, "export", clock.around("sql", Warehouse.export)),
    ):
        yield clock


class _Watched:
    """A connector whose questions to its source are timed."""

    def __init__(self, connector: Any, clock: Clock) -> None:  # noqa: ANN401
        self._connector = connector
        self.accounts = clock.around("sources", connector.accounts)
        self.pull = clock.around("sources", connector.pull)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._connector, name)
