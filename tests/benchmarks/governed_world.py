"""A published mesh that can be spoiled: mornings of a small world, copied for every experiment.

Belongs here: landing and publishing mornings, copies, replaying the models, the real publishing
step on a copy. Does not: what is spoiled (defects, benign_changes), what is counted (governance).

An experiment costs a second: the warehouse and the stores are a few megabytes, so each gets its
own; what dbt compiled is replayed on it in the order dbt ran it, without starting dbt.
"""

from __future__ import annotations

import json
import os
import shutil
import time
import warnings
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import dagster as dg
import duckdb

from finance_domain.connectors import ecb, ledger
from finance_domain.landing.ledger import days_due, first_booked_day
from marketing_domain.connectors import (
    adobe_analytics,
    facebook_ads,
    google_ads,
    google_analytics,
    salesforce,
    surveys,
)
from shared_policies.governance import publishing
from shared_policies.governance.contracts.installed import installed_contracts
from shared_policies.governance.ledger import Ledger
from shared_policies.governance.policies.verdicts import Outcome
from shared_policies.orchestration.dbt_project import Dbt
from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import PipelineError
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.product_store import ProductStore
from shared_policies.platform.pulling import pull_accounts
from shared_policies.platform.warehouse import Warehouse
from tests.benchmarks.mesh_run import MeshRun, mesh_run
from tests.scenarios.mesh import parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import ModuleType

    from shared_policies.governance.contracts.model import Contract
    from shared_policies.governance.ledger import AuditRecord
    from tests.scenarios.mesh import Part

SIZE = {"readable": 2, "unreadable": 1, "campaigns": 4, "volume": 12.0}
HISTORY_DAYS = 30
GOOD_DAY = 2
# As many days as keep a morning short; the last one pulls again what a real one does.
LOOKBACK_DAYS, USUAL_LOOKBACK_DAYS = 5, 28
# The books first: rates are needed from their first day on.
CONNECTORS = (
    ledger,
    ecb,
    adobe_analytics,
    google_ads,
    facebook_ads,
    google_analytics,
    salesforce,
    surveys,
)
CAMPAIGNS = "marketing/campaign_performance"
BOOKS = (
    "finance/fx_rates",
    "finance/orders",
    "finance/revenue_by_client",
    "finance/revenue_by_product",
)
EARNED = (
    "finance/marketing_profitability",
    "finance/budget_pacing",
    "finance/ad_invoice_reconciliation",
)
ROOT = Path(__file__).parents[2]
PUBLISHED = ("products", "governance")


@dataclass(frozen=True)
class Morning:
    """What stood on disk when a morning's models had run and nothing of it was published yet."""

    folder: Path
    at: datetime

    @property
    def yesterday(self) -> date:
        return self.at.date() - timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What the publishing step did, and how long the whole step and its audit took."""

    published: bool
    record: AuditRecord | None
    seconds: float
    audit_seconds: float
    log: str

    @property
    def refused(self) -> list[str]:
        if self.record is None:
            return ["no audit"]
        return [f"{one.code} {one.observed}" for one in self.record.verdicts if one.blocks]

    @property
    def flagged(self) -> set[str]:
        """Codes that a person is shown: warned, failed or not evaluated."""
        if self.record is None:
            return {"no audit"}
        return {one.code for one in self.record.verdicts if one.outcome >= Outcome.WARN}


@dataclass
class GovernedWorld:
    """One seed's mesh. Runs in the environment that `governed_world` has set."""

    run: MeshRun
    folder: Path
    first_day: date
    mornings: list[Morning] = field(default_factory=list)
    audit_share: float = 0.0

    def morning(self, at: datetime, *, lookback_days: int = LOOKBACK_DAYS) -> Morning:
        """Land what is due, build everything, keep a copy, publish. The clock says `at`.

        What was not landed since the last morning is landed too.

        Raises:
            RuntimeError: a model failed; a product that is refused is left to `judge`.
        """
        started = time.monotonic()
        self.run.set_as_of(at)
        since = self.first_day
        if self.mornings:
            since = self.mornings[-1].at.date() - timedelta(days=lookback_days)
        days = DayRange(start=since, end=at.date())
        with clock(at), quietly(self.folder / "runs.log"):
            self._land(days, at)
            published = self._build_and_publish("finance: rates and books as products", BOOKS)
            self._build("marketing: models and products")
            morning = self._kept(at)
            published += self._publish(self._of("marketing"))
            self._build("finance: what marketing earned")
            # Built from what marketing has just published, and not published itself.
            shutil.copytree(
                self.run.data_dir / "warehouse", morning.folder / "warehouse", dirs_exist_ok=True
            )
            published += self._publish(EARNED)
        took = time.monotonic() - started
        self.audit_share = sum(one.audit_seconds for one in published) / took
        self.mornings.append(morning)
        return morning

    @property
    def good_day(self) -> Morning:
        """The one that is spoiled: an ordinary one, after others, with the next day's history."""
        return self.mornings[GOOD_DAY]

    @property
    def scratch(self) -> Path:
        """Where copies are spoiled, one at a time."""
        return self.folder / "copy"

    def contract(self, port: str) -> Contract:
        """As its folder has it."""
        return next(one for one in installed_contracts(ROOT).contracts if one.port == port)

    def published_files(self, folder: Path, port: str) -> str:
        """The last version of a copy, as the argument of read_parquet."""
        store = ProductStore(str(folder / "products"))
        files = store.current(port, major_version=self.contract(port).major_version).files
        return "[" + ", ".join(f"'{path}'" for path in files) + "]"

    @cached_property
    def parts(self) -> Mapping[str, Part]:
        """By title; loading them reads the environment of this world."""
        return {part.title: part for part in parts()}

    @cached_property
    def definitions(self) -> Mapping[str, dg.Definitions]:
        """By domain, as the location governs them."""
        return {
            "finance": self.parts["finance: rates and books as products"].definitions,
            "marketing": self.parts["marketing: models and products"].definitions,
        }

    @cached_property
    def ports(self) -> tuple[str, ...]:
        """Every product, each after those it reads from."""
        graph = self.definitions["marketing"].resolve_asset_graph()
        found = sorted("/".join(key.path) for key in graph.materializable_asset_keys)
        mine = [port for port in found if port.count("/") == 1]
        return (*BOOKS, *mine, *EARNED)

    def step(self, port: str) -> dg.AssetsDefinition:
        """The asset that audits and publishes, as its location governs it."""
        domain, name = port.split("/")
        key = dg.AssetKey([domain, name])
        return next(
            one
            for one in self.definitions[domain].assets or ()
            if isinstance(one, dg.AssetsDefinition) and key in one.keys
        )

    @cached_property
    def models(self) -> Sequence[tuple[str, str]]:
        """Relation and compiled SQL of all that the main product is built and audited from."""
        dbt, target = Dbt("marketing"), self.folder / "target"
        list(dbt.run(["compile"], target_path=target))
        chosen = {
            name: node
            for name, node in dbt.manifest()["nodes"].items()
            if node["resource_type"] == "model"
            and node["config"]["enabled"]
            and node["config"]["materialized"] == "table"
        }
        ordered: list[str] = []

        def visit(name: str) -> None:
            for needed in chosen[name]["depends_on"]["nodes"]:
                if needed in chosen and needed not in ordered:
                    visit(needed)
            if name not in ordered:
                ordered.append(name)

        rules = self.contract(CAMPAIGNS).rules
        compared = {str(one.parameters.get("relation", "")).split(".")[-1] for one in rules}
        needed = {CAMPAIGNS.split("/")[1], *compared}
        for name in sorted(chosen):
            if chosen[name]["name"] in needed:
                visit(name)
        compiled = target / "compiled"
        return [
            (
                f"{node['schema']}.{node['name']}",
                (compiled / node["package_name"] / node["original_file_path"]).read_text(),
            )
            for node in (chosen[name] for name in ordered)
        ]

    def replay(self, warehouse: Path) -> None:
        """Build the main product and its controls anew in a copy of the marketing warehouse."""
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            for relation, sql in self.models:
                connection.execute(f"create or replace table {relation} as {sql}")

    def _land(self, days: DayRange, at: datetime) -> None:
        store = LandingStore(str(self.run.data_dir / "landing"), now=lambda: at)
        for module in CONNECTORS:
            connector = module.connect()
            connector.now = lambda: at
            due = replace(days, start=_first_due(module, connector, days.start, store))
            for stream in connector.streams.values():
                report = pull_accounts(
                    connector,
                    stream,
                    due,
                    landing_store=store,
                    threads=3,
                    on_progress=lambda _: None,
                )
                report.raise_for_failures()

    def _build_and_publish(self, title: str, ports: Sequence[str]) -> list[Judged]:
        self._build(title)
        return self._publish(ports)

    def _publish(self, ports: Sequence[str]) -> list[Judged]:
        return [judge(self.step(one), self.run.data_dir, one, self.run.as_of) for one in ports]

    def _of(self, domain: str) -> list[str]:
        return [one for one in self.ports if one.startswith(f"{domain}/")]

    def _build(self, title: str) -> None:
        """Everything of a part but its products, which are judged one by one."""
        part = self.parts[title]
        models = [key for key in part.keys() if len(key.path) > 2]  # noqa: SIM118  a method
        with dg.DagsterInstance.ephemeral() as instance:
            job = part.definitions.resolve_implicit_global_asset_job_def()
            result = job.execute_in_process(
                asset_selection=models, instance=instance, raise_on_error=False
            )
        if not result.success:
            raise RuntimeError(f"{title} failed; see {self.folder / 'runs.log'}")

    def _kept(self, at: datetime) -> Morning:
        target = self.folder / f"morning-{len(self.mornings)}"
        shutil.rmtree(target, ignore_errors=True)
        for name in ("warehouse", *PUBLISHED):
            source = self.run.data_dir / name
            if source.exists():
                shutil.copytree(source, target / name)
        return Morning(target, at)


@contextmanager
def governed_world(folder: Path, *, seed: int, at: datetime) -> Iterator[GovernedWorld]:
    """An empty mesh beside a sandbox with a world of its own."""
    shutil.rmtree(folder, ignore_errors=True)
    with mesh_run(folder / "mesh", world=SIZE, seed=seed, as_of=at) as run:
        yield GovernedWorld(run, folder, at.date() - timedelta(days=HISTORY_DAYS))


@contextmanager
def copied(
    morning: Morning, target: Path, *, port: str, history: Morning | None = None
) -> Iterator[Path]:
    """A folder with a copy of everything that the publishing step of `port` reads or writes.

    `history` takes what had been published from another, earlier morning.
    """
    shutil.rmtree(target, ignore_errors=True)
    warehouse = Path("warehouse", f"{port.partition('/')[0]}.duckdb")
    (target / warehouse).parent.mkdir(parents=True)
    shutil.copyfile(morning.folder / warehouse, target / warehouse)
    for name in PUBLISHED:
        source = (history or morning).folder / name
        if source.exists():
            shutil.copytree(source, target / name, copy_function=_linked_or_copied)
    try:
        yield target
    finally:
        shutil.rmtree(target, ignore_errors=True)


def _linked_or_copied(source: str, target: str) -> None:
    """A version's Parquet is written once and never again; manifests and records are edited."""
    if source.endswith(".parquet"):
        os.link(source, target)
    else:
        shutil.copyfile(source, target)


def judge(
    step: dg.AssetsDefinition,
    data_dir: Path,
    port: str,
    at: datetime,
    *,
    instance: dg.DagsterInstance | None = None,
    selection: dg.AssetSelection | None = None,
) -> Judged:
    """Run the publishing step of `port` on the stores below `data_dir`."""
    store = ProductStore(str(data_dir / "products"), now=lambda: at)
    ledger = Ledger(str(data_dir / "governance" / "ledger"))
    domain = port.partition("/")[0]
    before, known = _version(store, port), _newest(ledger, port)
    log, audited = StringIO(), Stopwatch(publishing.audit)
    started = time.monotonic()
    with clock(at), quietly(log), mock.patch.object(publishing, "audit", audited):
        dg.materialize(
            [step],
            selection=selection or dg.AssetSelection.assets(port.split("/")),
            resources={
                "warehouse": Warehouse(data_dir / "warehouse" / f"{domain}.duckdb"),
                "product_store": store,
                "ledger": ledger,
            },
            instance=instance,
            raise_on_error=False,
        )
    seconds = time.monotonic() - started
    record = _newest(ledger, port)
    return Judged(
        published=_version(store, port) != before,
        record=None if record == known else record,
        seconds=seconds,
        audit_seconds=audited.seconds,
        log=log.getvalue(),
    )


@dataclass
class Stopwatch:
    """A function that knows how long it was busy."""

    function: Callable[..., Any]
    seconds: float = 0.0

    def __call__(self, *arguments: object, **named: object) -> Any:  # noqa: ANN401
        started = time.monotonic()
        try:
            return self.function(*arguments, **named)
        finally:
            self.seconds += time.monotonic() - started


def _first_due(module: ModuleType, connector: Any, start: date, store: LandingStore) -> date:  # noqa: ANN401  every module has its own
    """`start`, or as far back as the schedule of the source would go."""
    if module is ledger:
        return min({start, *days_due(connector, store)})
    if module is ecb:
        return min(start, first_booked_day(store) or start) - timedelta(days=7)
    return start


def _newest(ledger: Ledger, port: str) -> AuditRecord | None:
    """None also of a chain that was altered: then nothing can be read from it."""
    try:
        return ledger.latest(port)
    except PipelineError:
        return None


def _version(store: ProductStore, port: str) -> str:
    """What readers get, in any major version."""
    found = [path for path in store.files.walk(port) if path.endswith("/current.json")]
    return str([json.loads(store.files.read(path))["version_id"] for path in found])


def table_of(warehouse: Path, relation: str) -> tuple[Any, ...]:
    """What a table says: its columns, and a digest that is the same for the same rows."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        columns = connection.sql(f"describe {relation}").fetchall()
        digest = connection.sql(
            f"select count(*), sum(hash(t)::hugeint), bit_xor(hash(t)) from {relation} as t"
        ).fetchall()
    return (*columns, *digest)


@contextmanager
def clock(at: datetime) -> Iterator[None]:
    """The publishing step takes `at` for now."""
    with mock.patch.object(publishing, "now", return_value=at):
        yield


@contextmanager
def quietly(target: Path | StringIO) -> Iterator[None]:
    """What Dagster and dbt print goes to `target`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if isinstance(target, StringIO):
            with redirect_stdout(target), redirect_stderr(target):
                yield
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("a") as file, redirect_stdout(file), redirect_stderr(file):
            yield
