"""The benchmark in a small size: one seed, one month, an account of each platform."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.comparability import Cell, Period, conversion_cells, delivery_cells
from tests.benchmarks.mesh_run import mesh_run

if TYPE_CHECKING:
    from collections.abc import Mapping

SEED = 7
WORLD = {"readable": 1, "unreadable": 0, "campaigns": 3, "volume": 12.0}
# Berlin, the reporting day, and Tokyo: Berlin's clocks change on 25 October.
OCTOBER = Period(
    start=date(2026, 9, 30),
    end=date(2026, 11, 3),
    whole_months=("2026-10-01",),
    as_of=datetime(2026, 11, 14, 7, 0, tzinfo=UTC),
)
PLATFORMS = pytest.mark.parametrize("platform", ["google_ads", "facebook_ads"])


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Mapping[tuple[str, str], Cell]:
    folder = tmp_path_factory.mktemp("comparability")
    with mesh_run(folder, world=WORLD, seed=SEED, as_of=OCTOBER.as_of, ledger=False) as run:
        run.run_campaigns(first_day=OCTOBER.start, last_day=OCTOBER.end - timedelta(days=1))
        found = [*delivery_cells(run, SEED, OCTOBER), *conversion_cells(run, SEED, OCTOBER)]
    return {(cell.platform, cell.metric): cell for cell in found}


@PLATFORMS
@pytest.mark.parametrize("metric", ["impressions", "clicks", "spend"])
def test_delivery_of_a_campaign_and_reporting_day_is_exact(
    cells: Mapping[tuple[str, str], Cell], platform: str, metric: str
) -> None:
    cell = cells[platform, metric]

    assert cell.compared > 50
    assert cell.ours == 0


@PLATFORMS
@pytest.mark.parametrize("figure", ["aligned_conversions", "aligned_value"])
def test_what_is_aligned_is_within_two_percent_a_month_and_half_a_percent_in_total(
    cells: Mapping[tuple[str, str], Cell], platform: str, figure: str
) -> None:
    monthly, total = cells[platform, f"{figure}_month"], cells[platform, f"{figure}_total"]

    assert monthly.compared >= 3
    assert monthly.ours is not None
    assert monthly.ours <= 0.02
    assert total.ours is not None
    assert total.ours <= 0.005


@PLATFORMS
@pytest.mark.parametrize("figure", ["aligned_conversions", "aligned_value"])
def test_a_plain_union_of_columns_is_further_from_the_true_total(
    cells: Mapping[tuple[str, str], Cell], platform: str, figure: str
) -> None:
    cell = cells[platform, f"{figure}_total"]

    assert cell.ours is not None
    assert cell.union is not None
    assert cell.ours < cell.union
