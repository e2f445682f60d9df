"""How often the 80 % interval for a young day holds what the day came to.

Belongs here: weeks of daily pulls of a world that goes on, and the end of it. Does not: the
method (metrics/maturity.py).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from shared_policies.platform.days import DayRange
from shared_policies.platform.warehouse import Warehouse
from tests.benchmarks.mesh_run import SETTINGS, mesh_run

if TYPE_CHECKING:
    from pathlib import Path

WORLD = {"readable": 3, "unreadable": 0, "campaigns": 5, "volume": 6.0}
SMALL_WORLD = {"readable": 2, "unreadable": 0, "campaigns": 2, "volume": 4.0}
FIRST_MORNING = datetime(2026, 8, 20, 7, 0, tzinfo=UTC)
MORNINGS = 40
LOOKBACK_DAYS = 32
LONG_AFTER = timedelta(days=60)
ESTIMATES = dg.AssetKey(["marketing", "candidates", "conversion_estimates"])


def coverage(data_dir: Path, seed: int, *, small: bool) -> dict[str, tuple[float, int]]:
    """By platform: the share of young campaign days whose interval holds, and of how many."""
    world = SMALL_WORLD if small else WORLD
    with mesh_run(data_dir, world=world, seed=seed, as_of=FIRST_MORNING) as run:
        for morning in range(MORNINGS + 1):
            now = FIRST_MORNING + timedelta(days=morning)
            run.set_as_of(now)
            days = DayRange(start=now.date() - timedelta(days=LOOKBACK_DAYS), end=now.date())
            run.land_daily(dict.fromkeys(SETTINGS, ("campaign_day",)), days)
        run.land_daily(SETTINGS, DayRange.single(now.date()))
        run.run_models(ESTIMATES)
        estimates = Warehouse(data_dir / "warehouse" / "marketing.duckdb").rows(
            "select * from candidates.conversion_estimates where estimate_state = 'estimated'"
        )
        first = min(row["account_day"] for row in estimates)
        outcomes: dict[tuple[str, str, date], float] = {}
        for platform in SETTINGS:
            for row in run.sandbox.truth(
                f"{platform}/conversions",
                start=first,
                end=now.date(),
                by="campaign_day",
                as_of=(now + LONG_AFTER).isoformat(),
            ):
                key = (platform, row["campaign_id"], date.fromisoformat(row["day"]))
                outcomes[key] = row["click_through"]
    held: dict[str, list[bool]] = defaultdict(list)
    for row in estimates:
        outcome = outcomes.get((row["platform"], row["campaign_id"], row["account_day"]), 0.0)
        held[row["platform"]].append(row["estimated_low"] <= outcome <= row["estimated_high"])
    return {platform: (sum(hits) / len(hits), len(hits)) for platform, hits in held.items()}
