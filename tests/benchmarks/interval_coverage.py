"""How often the 80 % interval for a young day holds what the day came to.

Belongs here: weeks of daily pulls of a world that goes on, the estimates of several mornings, and
the end. Does not: the method (metrics/maturity.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg

from shared_policies.platform.days import DayRange
from shared_policies.platform.warehouse import Warehouse
from tests.benchmarks.mesh_run import SETTINGS, MeshRun, mesh_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

WORLD = {"readable": 3, "unreadable": 0, "campaigns": 5, "volume": 8.0}
FIRST_MORNING = datetime(2026, 8, 20, 7, 0, tzinfo=UTC)
MORNINGS = 48
# Each of these estimates knows only what had been pulled by then.
ESTIMATED_ON = (32, 36, 40, 44, 48)
LOOKBACK_DAYS = 32
LONG_AFTER = timedelta(days=60)
ESTIMATES = dg.AssetKey(["marketing", "candidates", "conversion_estimates"])
Outcomes = dict[tuple[str, str, date], float]


@dataclass
class Coverage:
    """`held` and `missed` intervals; `states` counts every young day by whether it has one."""

    held: int = 0
    missed: int = 0
    states: Counter[str] = field(default_factory=Counter)

    @property
    def days(self) -> int:
        return self.held + self.missed

    @property
    def share(self) -> float:
        return self.held / self.days


def coverage(data_dir: Path, seed: int) -> dict[str, Coverage]:
    """By platform, over the young campaign days of all mornings together."""
    with mesh_run(data_dir, world=WORLD, seed=seed, as_of=FIRST_MORNING, ledger=False) as run:
        estimates = list(_estimates(run))
        outcomes = _outcomes(run, estimates)
    found: dict[str, Coverage] = defaultdict(Coverage)
    for row in estimates:
        mine = found[row["platform"]]
        mine.states[row["estimate_state"]] += 1
        if row["estimate_state"] == "estimated":
            outcome = outcomes.get((row["platform"], row["campaign_id"], row["account_day"]), 0.0)
            holds = row["estimated_low"] <= outcome <= row["estimated_high"]
            mine.held += holds
            mine.missed += not holds
    return dict(found)


def _estimates(run: MeshRun) -> Iterator[dict[str, Any]]:
    """Every morning pulls the lookback; some mornings also estimate."""
    for morning in range(MORNINGS + 1):
        run.set_as_of(FIRST_MORNING + timedelta(days=morning))
        today = run.as_of.date()
        days = DayRange(start=today - timedelta(days=LOOKBACK_DAYS), end=today)
        run.land_daily(dict.fromkeys(SETTINGS, ("campaign_day",)), days)
        if morning in ESTIMATED_ON:
            run.land_daily(SETTINGS, DayRange.single(today))
            run.run_models(ESTIMATES)
            warehouse = Warehouse(run.data_dir / "warehouse" / "marketing.duckdb")
            yield from warehouse.rows("select * from candidates.conversion_estimates")


def _outcomes(run: MeshRun, estimates: Iterable[dict[str, Any]]) -> Outcomes:
    """What the days came to, long after the last morning."""
    return {
        (platform, row["campaign_id"], date.fromisoformat(row["day"])): row["click_through"]
        for platform in SETTINGS
        for row in run.sandbox.truth(
            f"{platform}/conversions",
            start=min(row["account_day"] for row in estimates),
            end=run.as_of.date(),
            by="campaign_day",
            as_of=(run.as_of + LONG_AFTER).isoformat(),
        )
    }
