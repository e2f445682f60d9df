"""`make bench-speed`: how far our pulls, models and runs are from the least that they could take.

Belongs here: the order of the measurements, their ratios, what is printed and written. Does not:
how each is measured (speed_*.py). No number here is a threshold: the result is printed and
written, whatever it is. On a machine that others use only ratios mean something.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from shared_policies.platform.days import DayRange
from shared_policies.platform.landing_store import LandingStore
from tests.benchmarks.speed_decode import WORLD, decoded
from tests.benchmarks.speed_floor import floor, refuse_another_table
from tests.benchmarks.speed_increment import rows_written
from tests.benchmarks.speed_landing import History, last_days
from tests.benchmarks.speed_loading import loads
from tests.benchmarks.speed_overhead import daily_run
from tests.benchmarks.speed_publish import NOBODY, Run, published, version
from tests.conftest import NOW
from tests.sandbox.process import running_sandbox
from tests.scenarios.mesh import mesh_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOT = Path(__file__).parents[2]
TARGET = ROOT / ".data" / "bench" / "speed.json"
# Days of 9,500 rows each; the longest are three years of 50 accounts.
SIZES = {"1e5": 11, "1e6": 110, "1e7": 1_095}
LOOKBACK_DAYS = 30
Figures = dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=TARGET)
    parser.add_argument(
        "--parts",
        nargs="+",
        choices=PARTS,
        default=list(PARTS),
        help="measure only these again; the file keeps what it holds of the others",
    )
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    found: Figures = json.loads(options.out.read_text()) if options.out.exists() else {}
    for name in options.parts:
        with TemporaryDirectory(prefix=f"speed-{name}-") as kept:
            figures = PARTS[name](Path(kept))
        for key, value in figures.items():
            print(f"{key:32} {_shown(value)}", flush=True)
        found |= figures
        options.out.write_text(json.dumps(found, indent=2))
    print(f"{time.monotonic() - started:.0f} s. Written to {options.out}.")
    return 0


def decoding(folder: Path) -> Figures:
    sizes = folder / "world.json"
    sizes.write_text(json.dumps(WORLD))
    with (
        running_sandbox(world=str(sizes), as_of=NOW, ledger=False) as sandbox,
        patch.dict(os.environ, mesh_environment(folder, sandbox)),
    ):
        found = decoded()
    return {
        "google_decode_vs_floor": found["google_ads"].vs_floor,
        "meta_decode_vs_floor": found["facebook_ads"].vs_floor,
        "ga4_decode_vs_floor": found["google_analytics"].vs_floor,
        "decode_rows_per_second": {source: asdict(one) for source, one in found.items()},
    }


def publishing(folder: Path) -> Figures:
    """Grows one landing backwards, publishes it anew at each size, and pulls its end again."""
    today = datetime.now(UTC).date()
    found: Figures = {"landed_rows": {}, "publish_runs": {}, "floors": {}}
    landed, earliest, run = 0, today, None
    for size, days in SIZES.items():
        due = DayRange(start=last_days(days, before=today).start, end=earliest)
        landed += _land(folder, due, pulled=1)
        earliest = due.start
        _forget_everything_but_landing(folder)
        least = folder / "floor.parquet"
        bare, run = floor(folder / "landing", least), published(folder)
        refuse_another_table(version(folder), least)
        found["landed_rows"][size] = landed
        found["publish_runs"][size], found["floors"][size] = asdict(run), asdict(bare)
        found[f"publish_vs_floor_{size}"] = run.seconds / bare.seconds
        found[f"publish_processor_vs_floor_{size}"] = run.processor_seconds / bare.processor_seconds
        found[f"peak_gib_{size}"] = run.peak_gib
        print(
            f"{landed:,} landed rows: {run.seconds:.0f} s, floor {bare.seconds:.1f} s", flush=True
        )
    assert run is not None
    return found | _increment(folder, run, today)


def _increment(folder: Path, rebuild: Run, today: date) -> Figures:
    with patch.dict(os.environ, mesh_environment(folder, NOBODY)):
        whole = rows_written(folder, rebuild.sql_seconds, since=datetime.min.replace(tzinfo=UTC))
        since = datetime.now(UTC)
        _land(folder, last_days(LOOKBACK_DAYS, before=today), pulled=2)
        increment = published(folder)
        again = rows_written(folder, increment.sql_seconds, since=since)
    return {
        "increment_vs_rebuild": sum(again.values()) / sum(whole.values()),
        "increment_vs_rebuild_by_layer": _by_layer(again, whole),
        "increment_sql_seconds_vs_rebuild": sum(increment.sql_seconds.values())
        / sum(rebuild.sql_seconds.values()),
        "increment_run": asdict(increment),
        "increment_rows": dict(again),
        "rebuild_rows": dict(whole),
    }


def _by_layer(again: Mapping[str, int], whole: Mapping[str, int]) -> dict[str, float]:
    layers = dict.fromkeys(model.split("/")[1] for model in whole)
    return {
        layer: sum(rows for model, rows in again.items() if f"/{layer}/" in model)
        / max(1, sum(rows for model, rows in whole.items() if f"/{layer}/" in model))
        for layer in layers
    }


def _land(folder: Path, days: DayRange, *, pulled: int) -> int:
    store = LandingStore(str(folder / "landing"))
    return History(store, datetime.now(UTC)).land(days, pulled=pulled)


def _forget_everything_but_landing(folder: Path) -> None:
    for name in ("warehouse", "products"):
        shutil.rmtree(folder / name, ignore_errors=True)


def day(folder: Path) -> Figures:
    found = daily_run(folder)
    return {
        "overhead_share": found.overhead_share,
        "overhead_seconds": found.overhead_seconds,
        "overhead_by_part": dict(found.overhead_by_part),
        "daily_run": {"seconds": found.seconds, **asdict(found)},
    }


def loading(folder: Path) -> Figures:
    found = loads(folder)
    return {
        "load_seconds": max(load.seconds for load in found.values()),
        "loads": {location: asdict(load) for location, load in found.items()},
    }


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, dict):
        return ", ".join(
            f"{name} {_shown(one)}" for name, one in value.items() if not isinstance(one, dict)
        )
    return str(value)


PARTS: dict[str, Callable[[Path], Figures]] = {
    "decode": decoding,
    "publish": publishing,
    "overhead": day,
    "loading": loading,
}


if __name__ == "__main__":
    raise SystemExit(main())
