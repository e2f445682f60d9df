"""The daemon, the web server and a run's worker, as processes that can be killed.

Belongs here: starting them over a mesh, launching a product's run as the UI does. Does not: what
becomes of the run (run_trials.py).
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

from tests.scenarios.mesh import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

PATIENCE_SECONDS = 240
LOCATION = "finance_domain.definitions"
LOCATIONS = "{ workspaceOrError { ... on Workspace { locationEntries { loadStatus } } } }"
ASSETS = "{ assetNodes { assetKey { path } groupName repository { name location { name } } } }"
LAUNCH = """mutation ($params: ExecutionParams!) {
  launchPipelineExecution(executionParams: $params) {
    __typename ... on LaunchRunSuccess { run { runId } }
  }
}"""
STATUS = "query ($runId: ID!) { runOrError(runId: $runId) { ... on Run { status } } }"


@dataclass(frozen=True)
class Deployment:
    """`process` leads the group of everything that was started."""

    process: subprocess.Popen[bytes]
    address: str
    log: Path

    def launch(self, assets: Sequence[str]) -> str:
        """As `queue`; its id once its worker is at work."""
        run_id = self.queue(assets)
        self.wait(lambda: self.status(run_id) == "STARTED")
        return run_id

    def queue(self, assets: Sequence[str]) -> str:
        """Queue a run of `assets` (`domain/…/name`); its id."""
        wanted = [one.split("/") for one in assets]
        nodes = self._ask(ASSETS)["assetNodes"]
        repository = next(
            one["repository"] for one in nodes if one["assetKey"]["path"] == wanted[0]
        )
        selector = {
            "pipelineName": "__ASSET_JOB",
            "repositoryName": repository["name"],
            "repositoryLocationName": repository["location"]["name"],
            "assetSelection": [{"path": path} for path in wanted],
        }
        answer = self._ask(LAUNCH, params={"selector": selector, "mode": "default"})
        return str(answer["launchPipelineExecution"]["run"]["runId"])

    def kill(self) -> None:
        """Everything at once, without a word."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def status(self, run_id: str) -> str:
        return str(self._ask(STATUS, runId=run_id)["runOrError"]["status"])

    def _loaded(self) -> bool:
        try:
            entries = self._ask(LOCATIONS)["workspaceOrError"]["locationEntries"]
        except requests.ConnectionError:
            return False
        return {one["loadStatus"] for one in entries} == {"LOADED"}

    def _ask(self, query: str, **variables: object) -> dict[str, Any]:
        asked = {"query": query, "variables": variables}
        answer = requests.post(f"{self.address}/graphql", json=asked, timeout=PATIENCE_SECONDS)
        return dict(answer.json()["data"])

    def wait(self, happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not happened():
            assert self.process.poll() is None, self.log.read_text()[-3000:]
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.5)


@contextmanager
def running(log: Path, *, location: str = LOCATION) -> Iterator[Deployment]:
    """`dagster dev` over one location, in the environment's mesh; gone after the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "dagster", "dev", "-m", location]
    with log.open("w") as file:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)],
            cwd=ROOT,
            env=dict(os.environ),
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    deployment = Deployment(process, f"http://127.0.0.1:{port}", log)
    try:
        deployment.wait(deployment._loaded)
        yield deployment
    finally:
        if process.poll() is None:
            deployment.kill()
