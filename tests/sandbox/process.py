"""The sandbox as a process of its own, with its controls and its truth.

Belongs here: starting it and talking to it. Does not: anything that it answers to clients.
"""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120


@dataclass(frozen=True, kw_only=True)
class RunningSandbox:
    http_url: str
    grpc_address: str
    ledger_url: str
    files_dir: str

    def truth(self, path: str, **asked: object) -> list[dict[str, Any]]:
        """`truth("google_ads/delivery", start=…, end=…, by="account_day")`."""
        answer = requests.get(
            f"{self.http_url}/truth/{path}",
            params={name: str(value) for name, value in asked.items()},
            timeout=PATIENCE_SECONDS,
        )
        answer.raise_for_status()
        return list(answer.json())

    def set_as_of(self, instant: datetime | None) -> None:
        self._post("as_of", {"as_of": instant.isoformat() if instant else None})

    def set_faults(self, *faults: dict[str, Any]) -> None:
        self._post("faults", list(faults))

    def set_click_window(self, conversion_action_id: int, *, days: int) -> None:
        """As an advertiser would in Google Ads: what was counted before stays as it is."""
        self._post("click_window", {"conversion_action_id": conversion_action_id, "days": days})

    def faults(self) -> list[dict[str, Any]]:
        """Each fault with how many requests it matched (`seen`) and met (`fired`)."""
        return list(self._get("faults"))

    def requests(self) -> dict[str, int]:
        """`source operation account` to how often it was asked since the last reset."""
        return dict(self._get("requests"))

    def reset(self) -> None:
        """No faults, no requests counted, no settings changed."""
        self._post("reset", {})

    def _get(self, path: str) -> Any:  # noqa: ANN401
        return requests.get(f"{self.http_url}/control/{path}", timeout=PATIENCE_SECONDS).json()

    def _post(self, path: str, body: object) -> None:
        url = f"{self.http_url}/control/{path}"
        requests.post(url, json=body, timeout=PATIENCE_SECONDS).raise_for_status()


@contextmanager
def running_sandbox(
    *,
    world: str,
    as_of: datetime | None = None,
    seed: int = 7,
    ports: tuple[int, int] = (0, 0),
    ledger: bool = True,
) -> Iterator[RunningSandbox]:
    """A sandbox process that ends with the block. `ports` are HTTP and gRPC, 0 for a free one.

    A ledger is written anew whenever the clock is set: a large world goes without where it can.

    Raises:
        RuntimeError: it did not start; its own words are in the terminal.
    """
    command = [sys.executable, "-m", "tests.sandbox", "--world", world, "--seed", str(seed)]
    command += ["--http-port", str(ports[0]), "--grpc-port", str(ports[1])]
    if as_of is not None:
        command += ["--as-of", as_of.isoformat()]
    kept = TemporaryDirectory(prefix="sandbox-")
    command += ["--ledger-url", f"sqlite:///{kept.name}/ledger.sqlite" if ledger else ""]
    command += ["--files-dir", f"{kept.name}/files"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"The sandbox ended with exit status {process.wait()}.")
        ready = json.loads(line)
        yield RunningSandbox(
            http_url=ready["http_url"],
            grpc_address=ready["grpc_address"],
            ledger_url=ready["ledger_url"],
            files_dir=ready["files_dir"],
        )
    finally:
        # Nothing of it is kept, and a large world would be taken apart for a minute.
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
        kept.cleanup()
