"""kill -9 in the middle of a pull and of a publish."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.product_store import ProductStore
from tests.scenarios.mesh import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sandbox.process import RunningSandbox

PATIENCE_SECONDS = 60
PULL = """
import os
from datetime import date
from marketing_domain.connectors.google_ads import STREAMS, connect
from shared_policies.platform.days import DayRange
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.pulling import pull_accounts
report = pull_accounts(
    connect(), STREAMS["campaign_hour"], DayRange(start=date(2026, 11, 1), end=date(2026, 11, 4)),
    landing_store=LandingStore(os.environ["MESH_DATA_DIR"] + "/landing"), threads=1,
    on_progress=lambda line: print(line, flush=True),
)
report.raise_for_failures()
"""
PUBLISH = """
import io, os, sys, time
import pyarrow as pa, pyarrow.parquet as pq
from shared_policies.platform.file_store import FileStore
from shared_policies.platform.product_store import ProductStore
value, stop = int(sys.argv[1]), sys.argv[2]
write = FileStore.write
def halting(self, path, content):
    if stop and path.endswith(stop):
        print("halted", flush=True)
        time.sleep(600)
    write(self, path, content)
FileStore.write = halting
buffer = io.BytesIO()
pq.write_table(pa.table({"value": [value]}), buffer)
ProductStore(os.environ["MESH_DATA_DIR"] + "/products").publish(
    "sales/orders", major_version=1, table=buffer.getvalue(), details={}
)
"""


def start(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        cwd=ROOT,
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it did not come so far"
        time.sleep(0.05)


def test_a_pull_that_is_killed_lands_nothing_and_the_next_one_everything(
    sandbox: RunningSandbox, tmp_path: Path
):
    sandbox.set_faults(
        {
            "source": "google_ads",
            "kind": "hang",
            "stream": "segments.hour",
            "account_id": "1000000002",
            "seconds": 30,
        }
    )
    process = start(PULL)
    wait_until(lambda: sandbox.faults()[0]["fired"] == 1)
    process.kill()
    process.communicate()
    store = LandingStore(str(tmp_path / "landing"))
    assert not store.latest("google_ads", "campaign_hour", "1000000002")
    sandbox.reset()
    again = start(PULL)
    assert "2 of 3 accounts" in again.communicate()[0]
    assert again.returncode == 0
    assert len(store.latest("google_ads", "campaign_hour", "1000000002")) == 3
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_publish_that_is_killed_leaves_the_version_that_was_there(
    sandbox: RunningSandbox, tmp_path: Path
):
    start(PUBLISH, "1", "").communicate()
    store = ProductStore(str(tmp_path / "products"))
    for stop in ("part-0.parquet", "manifest.json", "current.json"):
        process = start(PUBLISH, "2", stop)
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "halted"
        process.kill()
        process.communicate()
        assert store.current("sales/orders", major_version=1).to_arrow().to_pydict() == {
            "value": [1]
        }
    start(PUBLISH, "3", "").communicate()
    assert store.current("sales/orders", major_version=1).to_arrow().to_pydict() == {"value": [3]}
