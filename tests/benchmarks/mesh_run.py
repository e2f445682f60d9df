"""One seed's world, run through the whole mesh as the schedules would run it.

Belongs here: sandbox, environment, runs. Does not: truth, errors.
"""

from __future__ import annotations

import json
import os
import time
import warnings
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg

from marketing_domain.connectors import facebook_ads, google_ads
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.product_store import ProductStore
from shared_policies.platform.pulling import pull_accounts
from shared_policies.platform.warehouse import query_parquet
from tests.sandbox.process import running_sandbox
from tests.scenarios.mesh import Part, mesh_environment, parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date, datetime
    from pathlib import Path

    from shared_policies.platform.days import DayRange
    from tests.sandbox.process import RunningSandbox

CONNECTORS = {"google_ads": google_ads, "facebook_ads": facebook_ads}
MODELS = "marketing: models and products"
RATES = dg.AssetKey(["finance", "fx_rates"])
WANTED = {RATES, dg.AssetKey(["marketing", "campaign_performance"])}
# On the first days the rate is one that was published before them.
LONGEST_HOLIDAY = timedelta(days=6)
SETTINGS = {
    "google_ads": ("account", "conversion_action"),
    "facebook_ads": ("account", "ad_set"),
}


@dataclass
class MeshRun:
    """A mesh of its own in `data_dir`, beside a sandbox of its own, at the instant `as_of`."""

    sandbox: RunningSandbox
    data_dir: Path
    as_of: datetime

    def run_campaigns(self, *, first_day: date, last_day: date) -> None:
        """The upstream of marketing/campaign_performance and itself, without finance's books.

        Raises:
            RuntimeError: a run failed; its log is in `data_dir`.
        """
        for part in parts():
            graph = part.definitions.resolve_asset_graph()
            products = graph.materializable_asset_keys & WANTED
            needed = part.selection & dg.AssetSelection.assets(*products).upstream()
            if needed.resolve(graph) & graph.materializable_asset_keys:
                first = first_day - (LONGEST_HOLIDAY if RATES in products else timedelta())
                only = replace(part, selection=needed, since=lambda: None)
                self._run(only, str(first), str(last_day))
            if part.title == MODELS:
                return

    def run_models(self, *assets: dg.AssetKey) -> None:
        """Only what these candidates stand on, from what is landed."""
        part = next(one for one in parts() if one.title == MODELS)
        needed = dg.AssetSelection.assets(*assets).upstream() & part.selection
        self._run(Part(part.title, part.definitions, needed, landed=False), "", "")

    def land_daily(self, streams: Mapping[str, tuple[str, ...]], days: DayRange) -> None:
        """Some streams only, without Dagster: forty mornings in a minute."""
        store = LandingStore(str(self.data_dir / "landing"))
        for source, names in streams.items():
            connector = CONNECTORS[source].connect()
            connector.now = lambda: self.as_of
            for name in names:
                report = pull_accounts(
                    connector,
                    connector.streams[name],
                    days,
                    landing_store=store,
                    threads=2,
                    on_progress=lambda _: None,
                )
                report.raise_for_failures()

    def product(self, name: str, sql: str) -> list[dict[str, Any]]:
        """`sql` over the table `product`."""
        store = ProductStore(str(self.data_dir / "products"))
        return list(query_parquet(store.current(name, major_version=1).files, sql).to_pylist())

    def set_as_of(self, instant: datetime) -> None:
        self.sandbox.set_as_of(instant)
        self.as_of = instant

    def _run(self, part: Part, first_day: str, last_day: str) -> None:
        started = time.monotonic()
        log = self.data_dir / "runs.log"
        with (
            dg.DagsterInstance.get() as instance,
            log.open("a") as file,
            redirect_stdout(file),
            redirect_stderr(file),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            result = part.run(instance, first_day=first_day, last_day=last_day, tags={})
        if not result.success:
            failed = [
                f"{event.step_key}: {event.step_failure_data.error}"
                for event in result.filter_events(lambda event: event.is_step_failure)
            ]
            raise RuntimeError(f"{part.title} failed; see {log}.\n" + "\n".join(failed)[:2000])
        with log.open("a") as file:
            print(f"{part.title}: {time.monotonic() - started:.0f} s", file=file)


@contextmanager
def mesh_run(
    data_dir: Path,
    *,
    world: Mapping[str, float],
    seed: int,
    as_of: datetime,
    ledger: bool = True,
) -> Iterator[MeshRun]:
    """A sandbox with a world of this size, and the environment of a mesh beside it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    sizes = data_dir / "world.json"
    sizes.write_text(json.dumps(world))
    with running_sandbox(world=str(sizes), as_of=as_of, seed=seed, ledger=ledger) as sandbox:
        before = dict(os.environ)
        os.environ.update(mesh_environment(data_dir, sandbox))
        try:
            yield MeshRun(sandbox, data_dir, as_of)
        finally:
            os.environ.clear()
            os.environ.update(before)
