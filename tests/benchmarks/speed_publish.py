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
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.sandbox.process import RunningSandbox
from tests.scenarios.mesh import mesh_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    import dagster as dg

ROOT = Path(__file__).parents[2]
PRODUCT = ["marketing", "ad_performance"]
GIB = 2**30
# Nothing is pulled, so nothing is asked.
NOBODY = RunningSandbox(
    http_url="http://127.0.0.1:9", grpc_address="127.0.0.1:9", ledger_url="sqlite://", files_dir=""
)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run took.

    `peak_gib` is the highest of the run's process and the highest of dbt's together, so never
    too low. `sql_seconds` are dbt's own by model, without its tests.
    """

    seconds: float
    peak_gib: float
    seconds_by_step: Mapping[str, float] = field(default_factory=dict)
    sql_seconds: Mapping[str, float] = field(default_factory=dict)


def published(data_dir: Path) -> Run:
    """Raises subprocess.CalledProcessError: the run failed; its log is in `data_dir`."""
    with (data_dir / "publish.log").open("a") as log:
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.speed_publish"],
            cwd=ROOT,
            env={**os.environ, **mesh_environment(data_dir, NOBODY)},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            check=True,
        )
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
    with dg.DagsterInstance.ephemeral() as instance:
        started = time.perf_counter()
        result = job.execute_in_process(
            asset_selection=sorted(needed.resolve(graph) & graph.materializable_asset_keys),
            instance=instance,
        )
        seconds = time.perf_counter() - started
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    peak = sum(resource.getrusage(one).ru_maxrss for one in who) * 1024 / GIB
    run = Run(
        seconds=seconds,
        peak_gib=peak,
        seconds_by_step=_by_step(result),
        sql_seconds=_by_model(result),
    )
    print(json.dumps(asdict(run)))
    return 0


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
