"""The measuring of speed itself, at sizes that take no time.

Belongs here: that what is measured is what is said. Does not: how fast anything is.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import duckdb
import pytest
import yaml

from shared_policies.orchestration.dbt_project import DBT_PROJECT
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.warehouse import MEMORY_LIMIT
from tests.benchmarks import speed_landing
from tests.benchmarks.speed_floor import floor, refuse_another_table
from tests.benchmarks.speed_landing import History, last_days
from tests.benchmarks.speed_overhead import Clock

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 11, 5)
NOON = datetime(2026, 11, 5, 12, tzinfo=UTC)
ADS_OF_ACCOUNT = 180


@pytest.fixture
def landed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three days of one account of each platform, of which the last was pulled twice."""
    monkeypatch.setattr(speed_landing, "ACCOUNTS", 2)
    landing = tmp_path / "landing"
    store = LandingStore(str(landing))
    History(store, NOON).land(last_days(3, before=TODAY), pulled=1)
    History(store, NOON.replace(hour=13)).land(last_days(1, before=TODAY), pulled=2)
    return landing


def test_the_floor_counts_an_ad_once_a_day_however_often_it_was_pulled(
    landed: Path, tmp_path: Path
):
    floor(landed, tmp_path / "floor.parquet")
    [found] = duckdb.sql(
        "select count(*), count(distinct (platform, account_id, ad_id, date_day)),"
        f" count(*) filter (where is_residual) from '{tmp_path / 'floor.parquet'}'"
    ).fetchall()
    assert found == (2 * 3 * ADS_OF_ACCOUNT, 2 * 3 * ADS_OF_ACCOUNT, 0)


def test_a_table_with_one_other_figure_is_another_table(landed: Path, tmp_path: Path):
    theirs, ours = tmp_path / "floor.parquet", tmp_path / "ours.parquet"
    floor(landed, theirs)
    duckdb.sql(
        "copy (select * replace (clicks + (row_number() over () = 7)::bigint as clicks)"
        f" from '{theirs}') to '{ours}'"
    )
    refuse_another_table(theirs, theirs)
    with pytest.raises(ValueError, match="1080"):
        refuse_another_table(ours, theirs)


def test_two_threads_at_one_source_take_the_time_of_one():
    clock = Clock()
    wait = clock.around("sources", time.sleep)
    with ThreadPoolExecutor(max_workers=2) as pool:
        started = time.perf_counter()
        list(pool.map(wait, [0.05, 0.05]))
        passed = time.perf_counter() - started
    assert 0.05 <= clock.seconds["sources"] <= passed


def test_audit_and_export_take_no_more_memory_than_the_models():
    profiles = yaml.safe_load((DBT_PROJECT / "profiles.yml").read_text())
    assert profiles["mesh"]["outputs"]["warehouse"]["settings"]["memory_limit"] == MEMORY_LIMIT
