"""A worker that was killed does not keep the pool of its warehouse: a plain rerun gets the slot."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
import yaml

from tests.scenarios.faults import deployment
from tests.scenarios.mesh import ROOT

if TYPE_CHECKING:
    from pathlib import Path

LOCATION = "tests.scenarios.faults.held_pool"
HELD = ["finance/held"]
OURS: dict[str, Any] = yaml.safe_load((ROOT / "dagster.yaml").read_text())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HELD_POOL_DIR", str(tmp_path))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    (tmp_path / "hold").touch()
    configure(tmp_path, {})
    return tmp_path


def configure(folder: Path, monitoring: dict[str, int]) -> None:
    whole = {**OURS, "run_monitoring": {**OURS["run_monitoring"], **monitoring}}
    (folder / "dagster.yaml").write_text(yaml.safe_dump(whole))


def wait_for_the_worker(started: deployment.Deployment, folder: Path) -> int:
    started.wait((folder / "worker").exists)
    (folder / "hold").unlink()
    return int((folder / "worker").read_text())


def test_a_killed_workers_pool_is_free_for_the_next_run(folder: Path):
    with deployment.running(folder / "dagster.log", location=LOCATION) as started:
        first = started.launch(HELD)
        worker = wait_for_the_worker(started, folder)
        again = started.queue(HELD)
        os.kill(worker, signal.SIGKILL)
        started.wait(lambda: started.status(again) == "SUCCESS")
        assert started.status(first) == "FAILURE"
    with dg.DagsterInstance.get() as instance:
        killed, waited = (instance.get_run_record_by_id(one) for one in (first, again))
    assert killed is not None
    assert waited is not None
    assert killed.end_time is not None
    assert waited.start_time is not None
    assert waited.start_time > killed.end_time, "while the first held the pool"


def test_a_pool_is_free_again_though_nobody_is_left_who_saw_the_worker_die(folder: Path):
    """Nothing tells a run whose server died with it from one at work, but how long it takes."""
    assert OURS["run_monitoring"]["max_runtime_seconds"] > 0
    with deployment.running(folder / "dagster.log", location=LOCATION) as started:
        first = started.launch(HELD)
        wait_for_the_worker(started, folder)
        started.kill()
    soon = {"max_runtime_seconds": 5, "cancel_timeout_seconds": 5, "poll_interval_seconds": 1}
    configure(folder, soon)
    with deployment.running(folder / "dagster.log", location=LOCATION) as started:
        again = started.queue(HELD)
        started.wait(lambda: started.status(again) == "SUCCESS")
        assert started.status(first) in {"CANCELED", "FAILURE"}
