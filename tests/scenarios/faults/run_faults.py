"""What happens to a whole run: killed, out of disk, twice at once, on damaged files.

Belongs here: each trouble and how it comes up in real processes. Does not: what is published
meanwhile and afterwards (run_trials.py), troubles of a pull (machine_faults.py).
"""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tests.scenarios.faults import deployment
from tests.scenarios.faults.one_run import HALTED
from tests.scenarios.faults.run_trials import PRODUCT, NeverCameUp
from tests.scenarios.faults.trouble import cut, gone

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from tests.scenarios.faults.run_trials import SmallMesh

PATIENCE_SECONDS = 600
DATA, POINTER, VERSIONS = "versions/*/data/*.parquet", "current.json", "versions"


@dataclass(frozen=True, kw_only=True)
class RunFault:
    """`strike` brings the trouble about and leaves when it is over."""

    name: str
    strike: Callable[[SmallMesh], None]


def _halted(mesh: SmallMesh, told: str) -> subprocess.Popen[str]:
    process = mesh.start(told)
    assert process.stdout is not None
    if all(line != f"{HALTED}\n" for line in process.stdout):
        process.communicate()
        raise NeverCameUp(told)
    return process


def _killed(told: str, mesh: SmallMesh) -> None:
    """With all that it started: a machine that loses power."""
    process = _halted(mesh, told)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def _worker_killed(told: str, mesh: SmallMesh) -> None:
    """Only itself: what it started goes on, as after the kernel ran out of memory."""
    process = _halted(mesh, told)
    process.kill()
    process.communicate()


def _out_of_disk(told: str, mesh: SmallMesh) -> None:
    process = mesh.start(told)
    process.communicate(timeout=PATIENCE_SECONDS)
    if not process.returncode:
        raise NeverCameUp(told)


def _deployment_killed(mesh: SmallMesh) -> None:
    """Daemon, server and the worker of a run that they started, in the midst of it."""
    with deployment.running(mesh.folder / "dagster.log") as started:
        started.launch(mesh.selection())
        started.kill()


def _two_at_once(mesh: SmallMesh) -> None:
    """The pools of a deployment keep them apart; here nothing does."""
    for process in [mesh.start(), mesh.start()]:
        process.communicate(timeout=PATIENCE_SECONDS)


def _damaged(folder: str, pattern: str, damage: Callable[[Path], None], mesh: SmallMesh) -> None:
    found = sorted((mesh.folder / folder).glob(pattern))
    assert found, pattern
    for path in found:
        damage(path)


def _of_product(name: str, pattern: str, damage: Callable[[Path], None]) -> RunFault:
    strike = partial(_damaged, f"products/{PRODUCT}/v1", pattern, damage)
    return RunFault(name=f"run: {name}", strike=strike)


def _of_warehouse(name: str, damage: Callable[[Path], None]) -> RunFault:
    strike = partial(_damaged, "warehouse", "*.duckdb", damage)
    return RunFault(name=f"run: {name}", strike=strike)


def _cut_header(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1_000])


KILLED = (
    *(
        RunFault(
            name=f"run: killed after dbt's node {number}", strike=partial(_killed, f"dbt:{number}")
        )
        for number in (1, 8)
    ),
    RunFault(
        name="run: worker killed in the midst of dbt", strike=partial(_worker_killed, "dbt:3")
    ),
    RunFault(name="run: killed before the audit", strike=partial(_killed, "audit:1")),
    *(
        RunFault(
            name=f"run: killed before publishing's write {number}",
            strike=partial(_killed, f"write:{number}"),
        )
        for number in (1, 3, 5)
    ),
)
PRODUCT_DAMAGED = (
    _of_product("the version's data gone", DATA, gone),
    _of_product("the version's data cut", DATA, cut),
    _of_product("the pointer cut", POINTER, cut),
    _of_product("the pointer gone", POINTER, gone),
    _of_product("all versions gone", VERSIONS, gone),
)
DISK = (
    *(
        RunFault(
            name=f"run: disk full at publishing's write {number}",
            strike=partial(_out_of_disk, f"full:{number}"),
        )
        for number in (1, 5)
    ),
    RunFault(name="run: disk full for dbt", strike=partial(_out_of_disk, "full_dbt:100")),
    *PRODUCT_DAMAGED,
    _of_warehouse("the warehouse gone", gone),
    _of_warehouse("half of the warehouse", cut),
    _of_warehouse("the warehouse's head only", _cut_header),
)
TWO_AT_ONCE = RunFault(name="run: two runs of the same product at once", strike=_two_at_once)
DEPLOYMENT_KILLED = RunFault(
    name="run: daemon, server and the run's worker killed", strike=_deployment_killed
)
RUN_FAULTS = (*KILLED, *DISK, TWO_AT_ONCE, DEPLOYMENT_KILLED)
