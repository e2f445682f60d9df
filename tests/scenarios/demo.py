"""`make demo`: the daily job of both domains over the last 30 days, against the sandbox.

Belongs here: the order of the runs and what is shown of them. Does not: any logic of a domain;
the runs are Dagster runs like the scheduled ones, and `make dev` shows them.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import threading
import time
import warnings
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.sandbox.process import running_sandbox
from tests.scenarios.mesh import ROOT, Part, mesh_environment, parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    import dagster as dg
    from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecord

    from shared_policies.platform.product_store import ProductStore

TABLE = """
    select
        platform,
        reporting_currency as currency,
        sum(spend_reporting_micros) / 1000000 as spend,
        sum(impressions) as impressions,
        sum(clicks_destination) as clicks,
        sum(claimed_conversions_click_through) as click_through,
        sum(claimed_conversions_view_through) as view_through
    from product
    where reporting_day >= cast('{first_day}' as date)
    group by platform, reporting_currency
    order by platform
"""

EARNED = """
    select
        month,
        reporting_currency as currency,
        case
            when unattributed_reason <> '' then 'no campaign (' || unattributed_reason || ')'
            else platform
        end as earned_by,
        sum(spend_reporting_micros) / 1000000 as spend,
        sum(orders) as orders,
        sum(revenue_reporting_micros) / 1000000 as revenue,
        sum(contribution_reporting_micros) / 1000000 as contribution
    from product
    where month = (select max(month) from product)
    group by month, reporting_currency, earned_by
    order by earned_by
"""

DONE_TAG = "demo/days"
SECONDS_PER_DOT = 3.0


@dataclass
class Outcome:
    """What all runs came to. Checks are counted by their latest evaluation.

    A warning is no failure. A check that ran and said nothing, because nothing of its promise was
    due yet, is undecided.
    """

    failed_runs: list[str] = field(default_factory=list)
    passed_checks: int = 0
    warned_checks: int = 0
    undecided_checks: int = 0
    failed_checks: list[str] = field(default_factory=list)


def main() -> int:
    """0 only if every run succeeded and no check failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=ROOT / ".data")
    parser.add_argument("--world", default="demo", help="small, demo, or a JSON file")
    parser.add_argument("--days", type=int, default=30)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    started = time.monotonic()
    with running_sandbox(world=options.world) as sandbox:
        os.environ.update(mesh_environment(options.data_dir.resolve(), sandbox))
        outcome = _run_everything(options.days)
        _show(outcome, options.days)
    print(f"{time.monotonic() - started:.0f} seconds. `make dev` opens the UI on this data.")
    return 1 if outcome.failed_runs or outcome.failed_checks else 0


def _run_everything(days: int) -> Outcome:
    import dagster as dg  # noqa: PLC0415  1.5 s, after the first words on the screen

    print("Loading all code locations (dbt parses its project if it changed) ...", flush=True)
    everything = parts()
    outcome = Outcome()
    first_day, last_day = _days(days)
    with dg.DagsterInstance.get() as instance:
        something_new = False
        for part in everything:
            if _done(part, instance, first_day, last_day, something_new=something_new):
                print(f"{part.title}: is there already")
                continue
            something_new = True
            _run(part, instance, outcome, first_day, last_day)
        for part in everything:
            _count_checks(part, instance, outcome)
    return outcome


def _done(
    part: Part, instance: dg.DagsterInstance, first_day: str, last_day: str, *, something_new: bool
) -> bool:
    """Whether a run succeeded for the same days; models and products also need nothing new."""
    import dagster as dg  # noqa: PLC0415  see above

    if something_new and not part.landed:
        return False
    tags = {DONE_TAG: _label(part, first_day, last_day)}
    succeeded = dg.RunsFilter(tags=tags, statuses=[dg.DagsterRunStatus.SUCCESS])
    return bool(instance.get_runs_count(succeeded))


def _run(
    part: Part, instance: dg.DagsterInstance, outcome: Outcome, first_day: str, last_day: str
) -> None:
    began = time.monotonic()
    print(f"{part.title} ", end="", flush=True)
    with _quietly(Path(os.environ["MESH_DATA_DIR"]) / "demo.log"):
        result = part.run(
            instance,
            first_day=first_day,
            last_day=last_day,
            tags={DONE_TAG: _label(part, first_day, last_day)},
        )
    word = "done" if result.success else "FAILED"
    print(f" {word}, {len(part.keys())} assets, {time.monotonic() - began:.0f} s", flush=True)
    if not result.success:
        outcome.failed_runs.append(part.title)
        for event in result.filter_events(lambda event: event.is_step_failure):
            failure = event.step_failure_data
            told = failure.user_failure_data.description if failure.user_failure_data else None
            print(f"  {event.step_key}: {told or failure.error}")


@contextmanager
def _quietly(log: Path) -> Iterator[None]:
    """What Dagster and dbt say goes to `log`; a dot every few seconds to the terminal."""
    terminal, ended = sys.stdout, threading.Event()

    def tick() -> None:
        while not ended.wait(SECONDS_PER_DOT):
            print(".", end="", file=terminal, flush=True)

    ticking = threading.Thread(target=tick, daemon=True)
    with log.open("a") as file, redirect_stdout(file):
        # Dagster's console logger keeps the stream it found first, so the descriptor is moved.
        errors = os.dup(sys.stderr.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
        ticking.start()
        try:
            yield
        finally:
            ended.set()
            ticking.join()
            os.dup2(errors, sys.stderr.fileno())
            os.close(errors)


def _label(part: Part, first_day: str, last_day: str) -> str:
    return re.sub(r"\W+", "_", f"{part.title} {first_day} {last_day}")


def _count_checks(part: Part, instance: dg.DagsterInstance, outcome: Outcome) -> None:
    from dagster._core.storage.asset_check_execution_record import (  # noqa: PLC0415  see above
        AssetCheckExecutionRecordStatus,
    )

    graph = part.definitions.resolve_asset_graph()
    keys = set(part.keys())
    checks = [key for key in graph.asset_check_keys if key.asset_key in keys]
    found = instance.event_log_storage.get_latest_asset_check_execution_by_key(checks)
    for key in checks:
        if key in found and found[key].status == AssetCheckExecutionRecordStatus.SUCCEEDED:
            outcome.passed_checks += 1
        elif key in found and found[key].status == AssetCheckExecutionRecordStatus.PLANNED:
            outcome.undecided_checks += 1
        elif key in found and _only_warns(found[key]):
            outcome.warned_checks += 1
        else:
            outcome.failed_checks.append(f"{key.asset_key.to_user_string()}: {key.name}")


def _only_warns(record: AssetCheckExecutionRecord) -> bool:
    """Not passed, and of a severity that stops nothing."""
    import dagster as dg  # noqa: PLC0415  see above

    event = record.event.dagster_event if record.event is not None else None
    if event is None:
        return False
    return event.asset_check_evaluation_data.severity is dg.AssetCheckSeverity.WARN


def _days(days: int) -> tuple[str, str]:
    from shared_policies.platform.company import company_settings  # noqa: PLC0415

    zone = ZoneInfo(company_settings().reporting_time_zone)
    yesterday = datetime.now(zone).date() - timedelta(days=1)
    return str(yesterday - timedelta(days=days - 1)), str(yesterday)


def _show(outcome: Outcome, days: int) -> None:
    from shared_policies.platform.company import data_settings  # noqa: PLC0415
    from shared_policies.platform.errors import NotPublished  # noqa: PLC0415
    from shared_policies.platform.product_store import ProductStore  # noqa: PLC0415
    from shared_policies.platform.warehouse import query_parquet  # noqa: PLC0415

    store = ProductStore(data_settings().products_url)
    try:
        version = store.current("marketing/campaign_performance", major_version=1)
    except NotPublished as error:
        print(error)
        outcome.failed_runs.append("marketing/campaign_performance")
        return
    first_day, last_day = _days(days)
    rows = query_parquet(version.files, TABLE.format(first_day=first_day)).to_pylist()
    origin = "the sandbox" if version.details["sandbox"] else "the real platforms"
    print(f"\nmarketing/campaign_performance, {first_day} to {last_day}, from {origin}:\n")
    print(
        f"  {'platform':<14}{'spend':>16}{'impressions':>14}{'clicks':>10}"
        f"{'claimed conversions':>30}"
    )
    for row in rows:
        money = f"{row['spend']:,.2f} {row['currency']}"
        claimed = f"{row['click_through']:,.1f} click, {row['view_through']:,.1f} view"
        print(
            f"  {row['platform']:<14}{money:>16}{row['impressions']:>14,}{row['clicks']:>10,}"
            f"{claimed:>30}"
        )
    print("  Every platform claims by its own rules: compare, do not add up.")
    _show_earned(store)
    _show_published(store)
    print(
        f"\nChecks: {outcome.passed_checks} passed, {outcome.warned_checks} warned, "
        f"{len(outcome.failed_checks)} failed, {outcome.undecided_checks} not due yet."
    )
    print(f"Catalog: {data_settings().catalog_url}/index.html")
    for name in outcome.failed_checks:
        print(f"  FAILED {name}")


def _show_earned(store: ProductStore) -> None:
    from shared_policies.platform.errors import NotPublished  # noqa: PLC0415  see above
    from shared_policies.platform.warehouse import query_parquet  # noqa: PLC0415  see above

    try:
        version = store.current("finance/marketing_profitability", major_version=1)
    except NotPublished:
        return  # its run has failed, and is listed
    rows = query_parquet(version.files, EARNED).to_pylist()
    print(f"\nfinance/marketing_profitability, {rows[0]['month']:%B %Y}, {rows[0]['currency']}:\n")
    print(f"  {'earned by':<32}{'spend':>12}{'orders':>9}{'revenue':>14}{'after marketing':>18}")
    for row in rows:
        print(
            f"  {row['earned_by']:<32}{row['spend']:>12,.2f}{row['orders']:>9,.0f}"
            f"{row['revenue']:>14,.2f}{row['contribution']:>18,.2f}"
        )


def _show_published(store: ProductStore) -> None:
    """Every product of every domain, with its rows and files."""
    from shared_policies.governance.contracts.installed import (  # noqa: PLC0415  see above
        readable_contracts,
    )
    from shared_policies.platform.errors import NotPublished  # noqa: PLC0415  see above

    print("\nPublished products:")
    contracts = sorted(readable_contracts(), key=lambda one: one.port)
    for domain, of_domain in groupby(contracts, key=lambda one: one.domain):
        print(f"  {domain}")
        for contract in of_domain:
            try:
                version = store.current(contract.port, major_version=contract.major_version)
            except NotPublished:
                print(f"    {contract.product:<28}not published")
                continue
            where = ", ".join(version.files)
            print(f"    {contract.product:<28}{version.row_count:>10,} rows  {where}")


if __name__ == "__main__":
    sys.exit(main())
