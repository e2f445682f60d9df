"""`make bench-comparability`: our product's error against the truth, beside a plain union's.

Belongs here: the world, what is compared, what is printed and written. Does not: the truth
(canonical_truth.py), the runs (mesh_run.py). Nothing here has a threshold in seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.canonical_truth import PLATFORMS, by_month, conversions, delivered
from tests.benchmarks.column_union import union_conversions, union_delivery
from tests.benchmarks.interval_coverage import coverage
from tests.benchmarks.mesh_run import MeshRun, mesh_run
from tests.benchmarks.reference_rates import Rates
from tests.benchmarks.world_census import census

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ROOT = Path(__file__).parents[2]
TARGET = ROOT / ".data" / "bench" / "comparability.json"
SEEDS = (7, 11, 23)
WORLD = {"readable": 4, "unreadable": 1, "campaigns": 5, "volume": 40.0}
DELIVERY = ("impressions", "clicks", "spend")
Cells = dict[tuple[Any, ...], float]


@dataclass(frozen=True, kw_only=True)
class Period:
    """Days from `start` to before `end` are pulled, all at `as_of`; `whole_months` lie inside."""

    start: date
    end: date
    whole_months: tuple[str, ...]
    as_of: datetime


# A month and what its first and last hours are in other time zones: Berlin's clocks change on
# 25 October, New York's and Los Angeles' on 1 November.
PERIOD = Period(
    start=date(2026, 9, 29),
    end=date(2026, 11, 4),
    whole_months=("2026-10-01",),
    as_of=datetime(2026, 11, 20, 7, 0, tzinfo=UTC),
)


@dataclass(frozen=True)
class Cell:
    """One number of the result. `ours` and `union` are relative errors, None where there is none.

    `compared` counts what was compared; `details` says more of it: the smallest true figure, the
    campaigns that stay apart by reason, the young days by whether they have an interval.
    """

    seed: int
    platform: str
    metric: str
    compared: int
    ours: float | None
    union: float | None
    details: Mapping[str, int] = field(default_factory=dict)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--out", type=Path, default=TARGET)
    options = parser.parse_args()
    started = time.monotonic()
    folder = options.out.parent / "comparability"
    os.environ["PYTHONWARNINGS"] = "ignore"  # Dagster's, of itself
    # A process of its own for each: a mesh is configured by its environment.
    with ProcessPoolExecutor(mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        asked = [
            pool.submit(measured, seed, folder / f"{measured.__name__}-{seed}")
            for seed in options.seeds
            for measured in (figures, intervals)
        ]
        cells = [cell for one in asked for cell in one.result()]
    result = {
        "worst": worst(cells, "ours"),
        "union": worst(cells, "union"),
        "cells": [asdict(cell) for cell in cells],
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=2))
    _show(cells, result)
    print(f"Written to {options.out} after {time.monotonic() - started:.0f} s.")
    return 0


def figures(seed: int, data_dir: Path) -> list[Cell]:
    """Every figure of one seed's world."""
    started = time.monotonic()
    shutil.rmtree(data_dir, ignore_errors=True)
    with mesh_run(data_dir, world=WORLD, seed=seed, as_of=PERIOD.as_of, ledger=False) as run:
        run.run_campaigns(first_day=PERIOD.start, last_day=PERIOD.end - timedelta(days=1))
        cells = [*delivery_cells(run, seed, PERIOD), *conversion_cells(run, seed, PERIOD)]
        _show_census(run, seed)
    shutil.rmtree(data_dir)
    _show_cells(cells)
    print(f"seed {seed}: figures after {time.monotonic() - started:.0f} s", flush=True)
    return cells


def intervals(seed: int, data_dir: Path) -> list[Cell]:
    """How often the intervals of another world of the same seed hold."""
    started = time.monotonic()
    shutil.rmtree(data_dir, ignore_errors=True)
    cells = [
        Cell(seed, platform, "interval_coverage", found.days, found.share, None, dict(found.states))
        for platform, found in coverage(data_dir, seed).items()
    ]
    shutil.rmtree(data_dir)
    print(f"seed {seed}: intervals after {time.monotonic() - started:.0f} s", flush=True)
    return cells


def delivery_cells(run: MeshRun, seed: int, period: Period) -> list[Cell]:
    """Impressions, clicks and spend by campaign and reporting day."""
    rates, currencies = Rates.of(run.sandbox), account_currencies(run)
    start, end = period.start + timedelta(days=1), period.end - timedelta(days=1)
    truth: dict[str, Cells] = {name: {} for name in DELIVERY}
    for key, row in delivered(run.sandbox, start=start, end=end, as_of=run.as_of).items():
        currency = currencies[row["account_id"]]
        truth["impressions"][key] = row["impressions"]
        truth["clicks"][key] = row["clicks"]
        truth["spend"][key] = rates.converted(row["cost_micros"], currency, key[2])
    ours: dict[str, Cells] = {name: {} for name in DELIVERY}
    for row in run.product(
        "marketing/campaign_performance",
        "select platform, campaign_id, reporting_day, impressions, clicks_destination,"
        " spend_reporting_micros from product where impressions is not null"
        f" and reporting_day >= date '{start}' and reporting_day < date '{end}'",
    ):
        key = (row["platform"], row["campaign_id"], row["reporting_day"])
        ours["impressions"][key] = row["impressions"]
        ours["clicks"][key] = row["clicks_destination"]
        ours["spend"][key] = row["spend_reporting_micros"]
    union = union_delivery(run.data_dir, start=start, end=end)
    return [
        Cell(
            seed,
            platform,
            name,
            len(_of(truth[name], platform)),
            worst_error(_of(ours[name], platform), _of(truth[name], platform)),
            worst_error(_of(union[name], platform), _of(truth[name], platform)),
        )
        for platform in PLATFORMS
        for name in DELIVERY
    ]


def conversion_cells(run: MeshRun, seed: int, period: Period) -> list[Cell]:
    """Aligned conversions and value by campaign and whole month, and in total."""
    rates, currencies = Rates.of(run.sandbox), account_currencies(run)
    found = conversions(run.sandbox, start=period.start, end=period.end, currencies=currencies)
    truth = {
        key: total
        for key, total in by_month(found, rates, currencies).items()
        if key[4] in period.whole_months
    }
    ours, apart = _aligned_months(run)
    union = union_conversions(run.data_dir, months=period.whole_months)
    cells = []
    for platform in PLATFORMS:
        mine = {key: total for key, total in truth.items() if key[0] == platform}
        reasons = {key: why for key, why in apart.items() if key[0] == platform}
        compared = {key: total for key, total in mine.items() if key[:4] not in reasons}
        # Of what has something to be compared, a campaign's purchases and leads one each.
        apart_by_reason = Counter(
            reasons[key] for key in {key[:4] for key in mine} if key in reasons
        )
        for position, metric in enumerate(("aligned_conversions", "aligned_value")):
            # Leads have no value of their own under the canonical definition.
            kept = [key for key in compared if position == 0 or key[3] == "purchase"]
            true = {key: float(compared[key][position]) for key in kept}
            got = {key: float(ours.get(key, (0, 0))[position]) for key in kept}
            # The union knows no events: it is held against both together.
            whole, plain = _by_campaign(mine, union, position)
            cells += [
                Cell(
                    seed,
                    platform,
                    f"{metric}_{grain}",
                    len(true),
                    error(got, true),
                    error(plain, whole),
                    {"smallest": int(min(true.values(), default=0)), **apart_by_reason},
                )
                for grain, error in (("month", worst_error), ("total", total_error))
            ]
    return cells


def _aligned_months(
    run: MeshRun,
) -> tuple[dict[tuple[str, ...], tuple[float, float]], dict[tuple[str, ...], str]]:
    """Ours by month; and the reason for every campaign and event that stays apart."""
    found: dict[tuple[str, ...], tuple[float, float]] = {}
    apart: dict[tuple[str, ...], str] = {}
    for event, value in (
        ("purchase", "sum(aligned_purchase_value_reporting_micros)"),
        ("lead", "0"),
    ):
        for row in run.product(
            "marketing/campaign_performance",
            "select platform, account_id, campaign_id,"
            " cast(date_trunc('month', reporting_day) as date) as month,"
            f" sum(aligned_{event}s) as amount, {value} as worth,"
            f" max(aligned_{event}s_note) as note, bool_or(aligned_{event}s_verdict ="
            " 'not_comparable') as is_apart from product where not is_residual group by all",
        ):
            key = (row["platform"], row["account_id"], row["campaign_id"], event)
            if row["is_apart"]:
                apart[key] = f"{event}s: {row['note']}"
            else:
                amounts = (float(row["amount"] or 0), float(row["worth"] or 0))
                found[(*key, str(row["month"]))] = amounts
    return found, apart


def _by_campaign(
    truth: Mapping[tuple[str, ...], list[int]],
    union: Mapping[tuple[str, ...], list[float]],
    position: int,
) -> tuple[Cells, Cells]:
    whole: Cells = defaultdict(float)
    for (platform, account_id, campaign_id, _, month), total in truth.items():
        whole[platform, account_id, campaign_id, month] += total[position]
    return whole, {key: union.get(key, [0.0, 0.0])[position] for key in whole}


def account_currencies(run: MeshRun) -> dict[str, str]:
    """Of the accounts that may be read."""
    rows = run.sandbox.truth("accounts")
    return {row["account_id"]: row["currency"] for row in rows if row["readable"]}


def worst_error(ours: Mapping[Any, float], truth: Mapping[Any, float]) -> float:
    """The largest relative error of any cell; a cell of only one side counts as wholly wrong."""
    errors = [
        abs(ours.get(key, 0) - truth.get(key, 0)) / max(abs(truth.get(key, 0)), 1)
        for key in ours.keys() | truth.keys()
    ]
    return max(errors, default=0.0)


def total_error(ours: Mapping[Any, float], truth: Mapping[Any, float]) -> float:
    whole = sum(truth.values())
    return abs(sum(ours.values()) - whole) / whole if whole else 0.0


def worst(cells: Iterable[Cell], side: str) -> dict[str, float]:
    """Over seeds and platforms, with the keys that a reader of the file expects."""
    found: dict[str, list[float]] = defaultdict(list)
    for cell in cells:
        value = getattr(cell, side)
        if value is not None:
            found[cell.metric].append(value)
    result = {name: max(values) for name, values in found.items() if name != "interval_coverage"}
    if found["interval_coverage"]:
        result["interval_coverage_min"] = min(found["interval_coverage"])
        result["interval_coverage_max"] = max(found["interval_coverage"])
    return result


def _of(cells: Cells, platform: str) -> Cells:
    return {key: value for key, value in cells.items() if key[0] == platform}


def _show_cells(cells: Iterable[Cell]) -> None:
    print(f"\n{'seed':>4} {'platform':<14}{'metric':<26}{'cells':>7}{'ours':>11}{'union':>11}")
    for cell in cells:
        print(
            f"{cell.seed:>4} {cell.platform:<14}{cell.metric:<26}{cell.compared:>7}"
            f"{_percent(cell.ours):>11}{_percent(cell.union):>11}",
            flush=True,
        )


def _show(cells: Sequence[Cell], result: Mapping[str, Any]) -> None:
    _show_cells(cells)
    print("\nworst over seeds and platforms")
    for name, value in result["worst"].items():
        union = result["union"].get(name)
        print(f"{'':>4} {name:<40}{'':>7}{_percent(value):>11}{_percent(union):>11}")
    print("\nwhat stays apart: campaigns of all seeds by platform and reason")
    for (platform, reason), count in sorted(_apart(cells).items()):
        print(f"{count:>7}  {platform}, {reason}")
    print("\nwhat an interval was given for: campaign days of all seeds and mornings")
    for cell in cells:
        if cell.metric == "interval_coverage":
            print(f"{cell.seed:>4} {cell.platform:<14}{dict(cell.details)}")


def _apart(cells: Iterable[Cell]) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for cell in cells:
        if cell.metric == "aligned_conversions_total":
            found.update(
                {
                    (cell.platform, reason): count
                    for reason, count in cell.details.items()
                    if reason != "smallest"
                }
            )
    return found


def _show_census(run: MeshRun, seed: int) -> None:
    print(f"seed {seed}: what is in a world of {WORLD}", flush=True)
    found = census(
        run.sandbox,
        world=str(run.data_dir / "world.json"),
        seed=seed,
        start=PERIOD.start,
        end=PERIOD.end,
        as_of=run.as_of,
    )
    for what, count in found.items():
        print(f"{count:>12,}  {what}")


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.3%}"


if __name__ == "__main__":
    sys.exit(main())
