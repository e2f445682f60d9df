"""A whole mesh on this machine: the sandbox, a Dagster home and the environment that ties them.

Belongs here: what demo, dev and the browser tests all start. Does not: what they then do.
"""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.sandbox.process import running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.sandbox.process import RunningSandbox

ROOT = Path(__file__).parents[2]


def mesh_environment(data_dir: Path, sandbox: RunningSandbox) -> Mapping[str, str]:
    """The variables under which every process of one mesh runs; `.env` and the shell win."""
    home = data_dir / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / "dagster.yaml", home / "dagster.yaml")
    return {
        "MESH_DATA_DIR": str(data_dir),
        "DAGSTER_HOME": str(home),
        "SANDBOX_HTTP_URL": sandbox.http_url,
        "SANDBOX_GRPC_ADDRESS": sandbox.grpc_address,
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "PYTHONWARNINGS": "ignore",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }


@contextmanager
def running_mesh(data_dir: Path, *, world: str) -> Iterator[tuple[RunningSandbox, dict[str, str]]]:
    """A sandbox, and the complete environment for processes beside it; ends the sandbox."""
    with running_sandbox(world=world) as sandbox:
        yield sandbox, {**os.environ, **mesh_environment(data_dir.resolve(), sandbox)}
