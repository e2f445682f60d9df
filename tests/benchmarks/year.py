"""`make bench-year`: a year of daily runs, and whether files, disk and daily time level off.

Belongs here: a simulated year of landing, staging and Dagster's history with the weekly
housekeeping, and what is printed and written. Does not: thresholds; the result is printed and
written, whatever it is. What is landed is made up; what lands, stages and tidies is the mesh's.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import dagster as dg
import numpy as np
import pyarrow as pa

from marketing_domain.connectors.google_ads_streams import STREAMS
from shared_policies.orchestration.dbt_project import Dbt
from shared_policies.orchestration.run_history import prune_run_history
from shared_policies.platform.days import DayRange
from shared_policies.platform.file_store import FileStore
from shared_policies.platform.landing_compaction import compact_landing
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.streams import Account, Pull

ROOT = Path(__file__).parents[2]
TARGET = ROOT / ".data" / "bench" / "year.json"
STREAM = STREAMS["campaign_day"]
MODELS = "stg_google_ads__pulls stg_google_ads__slice_versions stg_google_ads__campaign_day"
FIRST_DAY = date(2027, 1, 1)
LOOKBACK_DAYS, CAMPAIGNS, MONTH, WEEK = 30, 8, 30, 7
RUN_HISTORY_DAYS = 90
# A conversion is credited to its click's day for two weeks; after that a day rests.
RESTATED_DAYS = 14
HISTORY_DAYS = dg.DailyPartitionsDefinition(start_date="2026-11-01")


@dg.asset(partitions_def=HISTORY_DAYS, backfill_policy=dg.BackfillPolicy.single_run())
def landed(context: dg.AssetExecutionContext) -> None:
    """A stream of thirty days, as Dagster remembers it."""
    context.log.info("thirty days")


@dataclass
class Month:
    """The end of a month: what stands there, and what a day of it took."""

    landing_files: int
    landing_mib: float
    landing_seconds: float
    staging_seconds: float
    history_mib: float


@dataclass
class Year:
    """`seconds` are of each day's landing; `ran_at` the real instants of its runs."""

    folder: Path
    accounts: Sequence[Account]
    instance: dg.DagsterInstance
    seconds: list[float] = field(default_factory=list)
    ran_at: list[datetime] = field(default_factory=list)
    months: list[Month] = field(default_factory=list)

    @property
    def landing(self) -> LandingStore:
        return LandingStore(str(self.folder / "landing"))

    def day(self, number: int) -> None:
        today = FIRST_DAY + timedelta(days=number)
        at = datetime(today.year, today.month, today.day, 6, tzinfo=UTC)
        started = time.monotonic()
        for account in self.accounts:
            self.landing.land(pull_of(account, at))
        self.seconds.append(time.monotonic() - started)
        self._remember(today)
        if number % WEEK == WEEK - 1:
            self._keep_house(at, number)
        if number % MONTH == MONTH - 1:
            self.months.append(self._measured())

    def _remember(self, today: date) -> None:
        first, last = today - timedelta(days=LOOKBACK_DAYS), today - timedelta(days=1)
        self.ran_at.append(datetime.now(UTC))
        dg.materialize(
            [landed],
            instance=self.instance,
            tags={
                "dagster/asset_partition_range_start": str(first),
                "dagster/asset_partition_range_end": str(last),
            },
        )

    def _keep_house(self, at: datetime, number: int) -> None:
        compact_landing(FileStore(self.landing.root_url), at=at)
        if number > RUN_HISTORY_DAYS:
            prune_run_history(self.instance, ended_before=self.ran_at[number - RUN_HISTORY_DAYS])

    def _measured(self) -> Month:
        started = time.monotonic()
        command = ["build", "--select", *MODELS.split()]
        list(Dbt("marketing").run(command, target_path=self.folder / "target"))
        staging = time.monotonic() - started
        return Month(
            landing_files=sum(1 for _ in (self.folder / "landing").rglob("*.parquet")),
            landing_mib=_mib(self.folder / "landing"),
            landing_seconds=median(self.seconds[-MONTH:]),
            staging_seconds=staging,
            history_mib=_mib(self.folder / "dagster"),
        )


def pull_of(account: Account, at: datetime) -> Pull:
    """Thirty days of an account's campaigns, of which the young ones differ from yesterday's."""
    days = [at.date() - timedelta(days=age) for age in range(LOOKBACK_DAYS, 0, -1)]
    number = len(days) * CAMPAIGNS
    ages = np.repeat(np.arange(LOOKBACK_DAYS, 0, -1), CAMPAIGNS)
    seen = np.minimum(ages, RESTATED_DAYS)
    values: dict[str, Any] = {
        "account_id": [account.account_id] * number,
        "account_day": np.repeat(np.array(days, dtype="datetime64[D]"), CAMPAIGNS),
        "campaign_id": [str(7_000_000 + one) for one in range(CAMPAIGNS)] * len(days),
    }
    rows = pa.table(
        {
            one.name: pa.array(values[one.name]).cast(one.type)
            if one.name in values
            else _measure(one, seen)
            for one in STREAM.schema
        }
    )
    totals = rows.group_by("account_day").aggregate([(name, "sum") for name in STREAM.must_close])
    return Pull(
        stream=STREAM,
        account=account,
        days=DayRange(start=days[0], end=at.date()),
        pulled_at=at,
        rows=rows,
        control_totals=totals.rename_columns(["account_day", *STREAM.must_close]),
        requests=2,
        sandbox=True,
    )


def _measure(column: pa.Field, seen: np.ndarray[Any, Any]) -> pa.Array:
    """Delivery is known at once, conversions grow with the days since."""
    grows = "conversions" in column.name
    return pa.array(seen * 3 if grows else np.full(len(seen), 1000)).cast(column.type)


def simulated(days: int, accounts: int) -> Iterator[Month]:
    """The end of every month, in a folder that is gone afterwards."""
    with TemporaryDirectory(prefix="year-") as name:
        folder = Path(name)
        for part in ("dagster", "warehouse"):
            (folder / part).mkdir()
        with (
            patch.dict(os.environ, {"MESH_DATA_DIR": name}),
            dg.DagsterInstance.local_temp(str(folder / "dagster")) as instance,
        ):
            LandingStore(str(folder / "landing")).declare(STREAMS.values())
            year = Year(folder, [_account(number) for number in range(accounts)], instance)
            for number in range(days):
                year.day(number)
                if len(year.months) * MONTH == number + 1:
                    yield year.months[-1]


def _account(number: int) -> Account:
    return Account(
        source="google_ads",
        account_id=str(1_000_000_000 + number),
        name=f"Account {number}",
        currency="EUR",
        time_zone="Europe/Berlin",
    )


def _mib(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--accounts", type=int, default=50)
    parser.add_argument("--out", type=Path, default=TARGET)
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    print("month  landing files  landing MiB  landing s/day  staging s  history MiB", flush=True)
    months = []
    for month in simulated(options.days, options.accounts):
        months.append(month)
        print(
            f"{len(months):5}  {month.landing_files:13}  {month.landing_mib:11.1f}  "
            f"{month.landing_seconds:13.2f}  {month.staging_seconds:9.1f}  "
            f"{month.history_mib:11.1f}",
            flush=True,
        )
    written = options.days * options.accounts * 2
    result = {
        "days": options.days,
        "accounts": options.accounts,
        "files_without_housekeeping": written,
        "months": [vars(month) for month in months],
    }
    options.out.write_text(json.dumps(result, indent=2))
    print(f"Files if none were put together: about {written}. Written to {options.out}.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
