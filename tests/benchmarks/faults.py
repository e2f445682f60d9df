"""`make bench-faults`: what every trouble costs, from a platform's quota to a killed process.

Belongs here: running all trials, counting, what is printed and written. Does not: the trials
(tests/scenarios/faults). No number here is a threshold: the result is printed and written,
whatever it is.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar
from unittest.mock import patch

from tests.conftest import NOW
from tests.sandbox.process import running_sandbox
from tests.scenarios.faults.machine_faults import MACHINE_FAULTS, MachineFault
from tests.scenarios.faults.platform_faults import PLATFORM_FAULTS
from tests.scenarios.faults.run_faults import RUN_FAULTS, RunFault
from tests.scenarios.faults.run_trials import SmallMesh, contents, outlived
from tests.scenarios.faults.trials import survived, tried
from tests.scenarios.faults.trouble import PlatformFault
from tests.scenarios.mesh import mesh_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.sandbox.process import RunningSandbox
    from tests.scenarios.faults.trials import Outcome

Fault = TypeVar("Fault", PlatformFault, MachineFault, RunFault)
ROOT = Path(__file__).parents[2]
TARGET = ROOT / ".data" / "bench" / "faults.json"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=TARGET)
    parser.add_argument("--only", default="", help="a part of the names of those that are tried")
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    found = []
    for outcome in outcomes(options.only):
        found.append(outcome)
        print(f"{_ending(outcome):22} {outcome.name}", flush=True)
        if not _is_well(outcome):
            print(outcome.told, flush=True)
    result = summary(found)
    options.out.write_text(json.dumps(result, indent=2))
    for name in ("tried", "recovered", "recovered_by_rerun", "rows_lost", "rows_duplicated"):
        print(f"{name:22} {result[name]}")
    print(f"{time.monotonic() - started:.0f} s. Written to {options.out}.")
    return 0


def outcomes(only: str) -> Iterator[Outcome]:
    """Of every trouble with `only` in its name, against one sandbox."""
    with (
        # A rate limiter's thread may still write while the folder is taken away.
        TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as kept,
        running_sandbox(world="small", as_of=NOW) as sandbox,
    ):
        folder = Path(kept)
        with patch.dict(os.environ, mesh_environment(folder, sandbox)):
            for number, fault in enumerate(_named(PLATFORM_FAULTS, only)):
                yield tried(fault, sandbox, folder / "whole", folder / f"platform-{number}")
                sandbox.reset()
            for number, trouble in enumerate(_named(MACHINE_FAULTS, only)):
                yield survived(trouble, folder / "whole-machine", folder / f"machine-{number}")
        yield from _outcomes_of_runs(_named(RUN_FAULTS, only), folder / "runs", sandbox)


def _outcomes_of_runs(
    faults: Sequence[RunFault], folder: Path, sandbox: RunningSandbox
) -> Iterator[Outcome]:
    if not faults:
        return
    with patch.dict(os.environ, mesh_environment(folder, sandbox)):
        mesh = SmallMesh.prepared(folder, folder.with_name("before-every-run"))
        failure = mesh.run_plainly()
        assert not failure, failure
        whole = contents()
        for fault in faults:
            yield outlived(fault, mesh, whole)


def _named(faults: Sequence[Fault], part: str) -> list[Fault]:
    return [one for one in faults if part in one.name]


def summary(found: list[Outcome]) -> dict[str, Any]:
    """The figures that are written.

    A trouble that never came up, or whose message lacks its place or cure, is not recovered.
    """
    endings = Counter(_ending(one) for one in found)
    return {
        "tried": len(found),
        "recovered": endings["recovered"],
        "recovered_by_rerun": endings["recovered by rerun"],
        "rows_lost": sum(one.lost + one.lost_meanwhile for one in found),
        "rows_duplicated": sum(one.doubled for one in found),
        "by_fault": {one.name: _ending(one) for one in found},
    }


def _is_well(one: Outcome) -> bool:
    return one.met and one.names_place and one.recovered


def _ending(one: Outcome) -> str:
    if not one.met:
        return "never came up"
    if not one.names_place:
        return "told unclearly"
    if not one.recovered:
        return f"lost {one.lost}, doubled {one.doubled}"
    return "recovered" if one.by_itself else "recovered by rerun"


if __name__ == "__main__":
    raise SystemExit(main())
