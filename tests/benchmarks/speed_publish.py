"""From landed rows to a published product, as a daily run does it, in a process of its own.

Belongs here: the run of exactly what marketing/ad_performance stands on, its seconds, its peak of
memory, its work by model. Does not: landing (speed_landing.py), the floor (speed_floor.py).

The clock runs from Dagster's start of the run to its end: dbt's process, every model and its
tests, audit, export, swap. Only loading the code location is before it (speed_loading.py).
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
import warnings
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF
from typing import TYPE_CHECKING
from unittest.mock import patch

from tests.sandbox.process import RunningSandbox
from tests.scenarios.mesh import mesh_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import dagster as dg

ROOT = Path(__file__).parents[2]
PRODUCT = ["marketing", "ad_performance"]
GIB = 2**30
LINES_OF_LOG = 60
# Nothing is pulled, so nothing is asked.
NOBODY = RunningSandbox(
    http_url="http://127.0.0.1:9", grpc_address="127.0.0.1:9", ledger_url="sqlite://", files_dir=""
)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run took.

    `processor_seconds` are those of all its processes, whoever else uses the machine. `peak_gib`
    is of all of them together, and never too low: what dbt held at most beside what the run's
    process had held by dbt's end, or what that process held later, in audit and export.
    `sql_seconds` are dbt's own by model, without its tests.
    """

    seconds: float
    processor_seconds: float
    peak_gib: float
    seconds_by_step: Mapping[str, float]
    sql_seconds: Mapping[str, float]


def published(data_dir: Path) -> Run:
    """Raises RuntimeError with the end of its log: the run failed."""
    log = data_dir / "publish.log"
    with log.open("a") as file:
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.speed_publish"],
            cwd=ROOT,
            env={**os.environ, **mesh_environment(data_dir, NOBODY)},
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError("\n".join(log.read_text().splitlines()[-LINES_OF_LOG:]))
    return Run(**json.loads(done.stdout.splitlines()[-1]))


def version(data_dir: Path) -> Path:
    """The newest published file."""
    name = "/".join(PRODUCT)
    return max((data_dir / "products" / name).glob("v*/versions/*/data/*.parquet"))


def main() -> int:
    """In the process of its own: one run, and as JSON on the last line what it took."""
    warnings.simplefilter("ignore")
    import dagster as dg  # noqa: PLC0415  its import is not what is measured

    from marketing_domain.definitions import marketing  # noqa: PLC0415  reads the environment

    definitions = marketing()
    graph = definitions.resolve_asset_graph()
    landed = dg.AssetSelection.tag("layer", "landing")
    needed = dg.AssetSelection.assets(PRODUCT).upstream() - landed
    job = definitions.resolve_implicit_global_asset_job_def()
    beside_dbt: list[float] = []
    with dg.DagsterInstance.ephemeral() as instance, _noted_after_dbt(beside_dbt):
        started, spent = time.perf_counter(), _spent()
        result = job.execute_in_process(
            asset_selection=sorted(needed.resolve(graph) & graph.materializable_asset_keys),
            instance=instance,
        )
        seconds = time.perf_counter() - started
        run_spent = _spent() - spent
    run = Run(
        seconds=seconds,
        processor_seconds=run_spent,
        peak_gib=max(*beside_dbt, _gib_at_most(os.getpid())),
        seconds_by_step=_by_step(result),
        sql_seconds=_by_model(result),
    )
    print(json.dumps(asdict(run)))
    return 0


@contextmanager
def _noted_after_dbt(found: list[float]) -> Iterator[None]:
    """What this process and dbt's have held at most whenever dbt is done."""
    from shared_policies.orchestration import dbt  # noqa: PLC0415  with Dagster

    target = dbt._target

    @contextmanager
    def noted(domain: str) -> Iterator[str]:
        with target(domain) as folder:
            yield folder
        found.append(sum(_gib_at_most(one) for one in (os.getpid(), *_children())))

    with patch.object(dbt, "_target", noted):
        yield


def _children() -> list[int]:
    """Dbt's process stays up, so whoever asks the system for what ended hears nothing of it."""
    found = Path("/proc/self/task").glob("*/children")
    return [int(one) for children in found for one in children.read_text().split()]


def _gib_at_most(process: int) -> float:
    """Of this process alone: ru_maxrss begins with what its parent had held."""
    status = Path(f"/proc/{process}/status").read_text().splitlines()
    [line] = [line for line in status if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024 / GIB


def _spent() -> float:
    """Seconds of processor so far, of this process and of those that it started."""
    used = [resource.getrusage(who) for who in (RUSAGE_SELF, RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used) + sum(map(_used_by, _children()))


def _used_by(process: int) -> float:
    # Behind the name of the program, which may have spaces: its 12th and 13th field are ticks.
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _by_step(result: dg.ExecuteInProcessResult) -> dict[str, float]:
    return {
        str(event.step_key): event.step_success_data.duration_ms / 1000
        for event in result.filter_events(lambda event: event.is_step_success)
    }


def _by_model(result: dg.ExecuteInProcessResult) -> dict[str, float]:
    found = {}
    for event in result.get_asset_materialization_events():
        spent = event.materialization.metadata.get("Execution Duration")
        if spent is not None:
            found["/".join(event.materialization.asset_key.path)] = float(str(spent.value))
    return found


if __name__ == "__main__":
    raise SystemExit(main())
