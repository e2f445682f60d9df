"""How long each code location takes to load in a fresh process.

Belongs here: the processes and the clocks in them. Does not: a location that is made larger than
ours (loading_scale.py).

The clock runs from Dagster being imported, which every process of Dagster pays once, to a
repository that can be served; what that import takes is told beside it. dbt's manifest is there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.speed_publish import NOBODY
from tests.scenarios.mesh import mesh_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
TIMES = 3
LOADING = """
import json, pkgutil, sys, time
clocks = [(time.perf_counter(), time.process_time())]
import dagster
clocks.append((time.perf_counter(), time.process_time()))
pkgutil.resolve_name(sys.argv[1])().get_repository_def().load_all_definitions()
clocks.append((time.perf_counter(), time.process_time()))
print(json.dumps(clocks))
"""


@dataclass(frozen=True, kw_only=True)
class Load:
    """`processor_seconds` are what the load takes where nobody else uses the machine."""

    seconds: float
    processor_seconds: float
    dagster_import_seconds: float


def loads(data_dir: Path) -> Mapping[str, Load]:
    """The quickest of several loads by location, as named in pyproject.toml."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["dagster"]["modules"]
    modules = [one["name"] for one in declared]
    for module in modules:
        _load(module, data_dir)  # parses dbt's project, if anything of it changed
    return {
        module.split(".")[-2]: min(
            (_load(module, data_dir) for _ in range(TIMES)), key=lambda load: load.seconds
        )
        for module in modules
    }


def _load(module: str, data_dir: Path) -> Load:
    name = module.split(".")[-2].removesuffix("_domain")
    done = subprocess.run(
        [sys.executable, "-c", LOADING, f"{module}:{name}"],
        cwd=ROOT,
        env={**os.environ, **mesh_environment(data_dir, NOBODY)},
        capture_output=True,
        text=True,
        check=True,
    )
    begun, imported, loaded = json.loads(done.stdout.splitlines()[-1])
    return Load(
        seconds=loaded[0] - imported[0],
        processor_seconds=loaded[1] - imported[1],
        dagster_import_seconds=imported[0] - begun[0],
    )
