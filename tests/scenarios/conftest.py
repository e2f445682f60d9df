"""One mesh that ran for sixteen days, shared by the scenarios."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

import dagster as dg
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from marketing_domain.connectors import adobe_analytics, google_ads, google_analytics
from shared_policies.governance.contracts.installed import readable_contracts
from shared_policies.platform import days
from shared_policies.platform.days import DayRange
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.product_store import ProductStore, PublishedVersion
from shared_policies.platform.warehouse import query_parquet
from tests.conftest import NOW
from tests.sandbox.process import RunningSandbox, running_sandbox
from tests.scenarios.mesh import Part, mesh_environment, parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from shared_policies.platform.pull_log import SliceRecord
    from shared_policies.platform.streams import Account

# Berlin's clock change on 25 October and New York's on 1 November are among them.
FIRST_DAY, LAST_DAY = "2026-10-20", "2026-11-04"
A_WEEK_LATER = datetime(2026, 11, 12, 7, 0, tzinfo=UTC)


PRODUCTS = (
    "finance/fx_rates",
    "finance/orders",
    "finance/revenue_by_client",
    "finance/revenue_by_product",
    "finance/marketing_profitability",
    "finance/budget_pacing",
    "finance/ad_invoice_reconciliation",
    "marketing/ad_performance",
    "marketing/asset_performance",
    "marketing/audience_performance",
    "marketing/campaign_hierarchy",
    "marketing/brand_tracking",
    "marketing/campaign_performance",
    "marketing/campaign_taxonomy",
    "marketing/channel_shares",
    "marketing/conversion_estimates",
    "marketing/conversion_reconciliation",
    "marketing/definition_changes",
    "marketing/keyword_performance",
    "marketing/metric_comparability",
    "marketing/metric_definitions",
    "marketing/pipeline",
    "marketing/restatements",
    "marketing/search_term_performance",
    "marketing/session_matching",
    "marketing/web_observations",
)
BERLIN_ACCOUNT = "1000000001"
VANISHED_DAY, EMPTIED_DAY = date(2026, 10, 28), date(2026, 10, 29)
RUNNING_DAY = date(2026, 11, 5)
# Analytics withholds small numbers of this day; the campaigns for leads rest in its week.
SUPPRESSED_DAY = date(2026, 11, 3)
# A column of this day of the report suite is not answered.
PARTIAL_DAY = date(2026, 10, 30)
# A campaign that the world renames with the month, listed before and after.
RENAMED_CAMPAIGN, LISTED_ON, RENAMED_ON = "3100001", date(2026, 10, 28), date(2026, 11, 1)
CHANGED_ACTION, CHANGED_ON = 6_000_010, date(2026, 11, 4)


@dataclass
class WorldClock:
    """While the mesh runs, its clock is the sandbox's: what is final depends on who asks when."""

    ahead: timedelta = timedelta()

    def set(self, instant: datetime) -> None:
        self.ahead = instant - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    @contextmanager
    def running(self) -> Iterator[None]:
        clock = self

        class Shifted(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return clock.now().astimezone(tz)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(days, "datetime", Shifted)
            yield


@dataclass(frozen=True)
class RanMesh:
    sandbox: RunningSandbox
    clock: WorldClock
    instance: dg.DagsterInstance
    parts: list[Part]
    data_dir: Path

    def run(self, title: str) -> None:
        assert self.attempt(title).success, title

    def attempt(self, title: str) -> dg.ExecuteInProcessResult:
        part = next(part for part in self.parts if part.title == title)
        with self.clock.running():
            return part.run(self.instance, first_day=FIRST_DAY, last_day=LAST_DAY, tags={})

    @property
    def landing_store(self) -> LandingStore:
        return LandingStore(str(self.data_dir / "landing"))


@dataclass(frozen=True)
class HalfRun:
    """A run in which one account could not be read, and what each account's slices were then.

    `told` is what its failed steps say; `latest` are the records of campaign_hour by account.
    """

    told: tuple[str, ...]
    latest: Mapping[str, Mapping[date, SliceRecord]]


@dataclass(frozen=True)
class Knowledge:
    """What was published at one point, and what the world had shown by then."""

    mesh: RanMesh
    as_of: datetime
    versions: Mapping[str, PublishedVersion]

    @classmethod
    def now(cls, mesh: RanMesh, as_of: datetime) -> Knowledge:
        store = ProductStore(str(mesh.data_dir / "products"))
        promised = {one.port: one.major_version for one in readable_contracts()}
        versions = {name: store.current(name, major_version=promised[name]) for name in PRODUCTS}
        return cls(mesh, as_of, versions)

    def product(self, name: str, sql: str) -> list[dict[str, Any]]:
        """`sql` over the table `product`."""
        return list(query_parquet(self.versions[name].files, sql).to_pylist())

    def truth(self, path: str, **asked: object) -> list[dict[str, Any]]:
        return self.mesh.sandbox.truth(path, **asked, as_of=self.as_of.isoformat())


@pytest.fixture(scope="session")
def ran_mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RanMesh]:
    """Everything ran once, in the order in which schedules and automation do it.

    Earlier, a conversion action had another window until CHANGED_ON, and a campaign another name
    until RENAMED_ON.
    """
    data_dir = tmp_path_factory.mktemp("mesh")
    with (
        running_sandbox(world="small", as_of=NOW) as sandbox,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in mesh_environment(data_dir, sandbox).items():
            patch.setenv(name, value)
        with dg.DagsterInstance.get() as instance:
            mesh = RanMesh(sandbox, WorldClock(), instance, parts(), data_dir)
            mesh.clock.set(NOW)
            _land_a_changed_window(mesh)
            _land_a_rename(mesh)
            _land_a_running_day(mesh)
            for part in mesh.parts:
                mesh.run(part.title)
            yield mesh


@pytest.fixture(scope="session")
def first(ran_mesh: RanMesh) -> Knowledge:
    """What was known on the morning after."""
    return Knowledge.now(ran_mesh, NOW)


@pytest.fixture(scope="session")
def half_run(ran_mesh: RanMesh, first: Knowledge) -> HalfRun:
    """A week later, of Google Ads alone; before anything else is pulled."""
    assert first.versions, "what was known first is looked up before it is superseded"
    ran_mesh.sandbox.set_as_of(A_WEEK_LATER)
    ran_mesh.clock.set(A_WEEK_LATER)
    ran_mesh.sandbox.set_faults(
        {
            "source": "google_ads",
            "kind": "permission_lost",
            "account_id": BERLIN_ACCOUNT,
            "times": None,
        }
    )
    result = ran_mesh.attempt("marketing: Google Ads")
    ran_mesh.sandbox.set_faults()
    failures = [one.step_failure_data for one in result.all_events if one.is_step_failure]
    store = ran_mesh.landing_store
    return HalfRun(
        told=tuple(one.user_failure_data.description for one in failures),
        latest={
            account: store.latest("google_ads", "campaign_hour", account)
            for account in store.accounts("google_ads", "campaign_hour")
        },
    )


@pytest.fixture(scope="session")
def later(ran_mesh: RanMesh, half_run: HalfRun) -> Knowledge:
    """The same days pulled again a week later, after a run that could not read one account.

    One ad has vanished, and one day's ads; Google Analytics withholds a part of one day, and Adobe
    a column of another.
    """
    assert half_run.told, "one account's steps failed"
    ran_mesh.run("marketing: Google Ads")
    ran_mesh.run("marketing: Facebook Ads")
    ran_mesh.run("finance: the ledger's days")
    ran_mesh.run("finance: the ledger's tables")
    _land_without_one_ad_and_one_day(ran_mesh)
    _land_a_thresholded_day(ran_mesh)
    _land_a_partial_day(ran_mesh)
    ran_mesh.run("marketing: models and products")
    ran_mesh.run("finance: rates and books as products")
    ran_mesh.run("finance: what marketing earned")
    return Knowledge.now(ran_mesh, A_WEEK_LATER)


@pytest.fixture(params=["first", "later"])
def known(ran_mesh: RanMesh, request: pytest.FixtureRequest) -> Knowledge:
    """What was known at both points; names the mesh, so that one worker runs it."""
    knowledge: Knowledge = request.getfixturevalue(request.param)
    assert knowledge.mesh is ran_mesh
    return knowledge


def _land_without_one_ad_and_one_day(mesh: RanMesh) -> None:
    """What the platform answers when an ad vanished, and when a day has no ads any more."""
    connector, berlin = _berlin()
    connector.now = mesh.clock.now
    both = DayRange(start=VANISHED_DAY, end=EMPTIED_DAY + timedelta(days=1))
    pull = connector.pull(google_ads.STREAMS["ad_day"], berlin, both)
    of_first_day = pc.equal(pull.rows["account_day"], pa.scalar(VANISHED_DAY, pa.date32()))
    mesh.landing_store.land(replace(pull, rows=pull.rows.filter(of_first_day).slice(1)))


def _land_a_running_day(mesh: RanMesh) -> None:
    """What an account asked in the morning shows of the day that has just begun."""
    connector, berlin = _berlin()
    connector.now = lambda: NOW
    pull = connector.pull(google_ads.STREAMS["campaign_hour"], berlin, DayRange.single(RUNNING_DAY))
    mesh.landing_store.land(pull)


def _land_a_thresholded_day(mesh: RanMesh) -> None:
    connector = google_analytics.connect()
    connector.now = mesh.clock.now
    [shop] = connector.accounts().readable
    mesh.sandbox.set_faults({"source": "google_analytics", "kind": "thresholded", "times": None})
    pull = connector.pull(
        google_analytics.STREAMS["session_hour"], shop, DayRange.single(SUPPRESSED_DAY)
    )
    mesh.sandbox.set_faults()
    mesh.landing_store.land(pull)


def _land_a_partial_day(mesh: RanMesh) -> None:
    connector = adobe_analytics.connect()
    connector.now = mesh.clock.now
    shop = next(one for one in connector.accounts().readable if one.account_id == "aurorashop")
    mesh.sandbox.set_faults(
        {"source": "adobe_analytics", "operation": "reports", "kind": "partial"}
    )
    pull = connector.pull(
        adobe_analytics.STREAMS["campaign_hour"], shop, DayRange.single(PARTIAL_DAY)
    )
    mesh.sandbox.set_faults()
    mesh.landing_store.land(pull)


def _land_a_rename(mesh: RanMesh) -> None:
    """Two looks at the campaigns: under October's name, and from RENAMED_ON under November's."""
    connector, berlin = _berlin()
    for day in (LISTED_ON, RENAMED_ON):
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        connector.now = lambda noon=noon: noon
        pull = connector.pull(google_ads.STREAMS["campaign"], berlin, DayRange.single(day))
        names = pull.rows["campaign_name"]
        if day == LISTED_ON:
            names = pc.replace_substring(names, "[2026-11-01]", "[2026-10-10]")
        position = pull.rows.column_names.index("campaign_name")
        rows = pull.rows.set_column(position, "campaign_name", names)
        mesh.landing_store.land(replace(pull, rows=rows))


def _land_a_changed_window(mesh: RanMesh) -> None:
    """Two looks at the settings: 60 days, and from CHANGED_ON on the 30 that all runs see."""
    connector, berlin = _berlin()
    for day, window in ((CHANGED_ON - timedelta(days=1), 60), (CHANGED_ON, 30)):
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        connector.now = lambda noon=noon: noon
        mesh.sandbox.set_click_window(CHANGED_ACTION, days=window)
        mesh.landing_store.land(
            connector.pull(google_ads.STREAMS["conversion_action"], berlin, DayRange.single(day))
        )


def _berlin() -> tuple[google_ads.GoogleAdsConnector, Account]:
    connector = google_ads.connect()
    readable = connector.accounts().readable
    return connector, next(one for one in readable if one.account_id == BERLIN_ACCOUNT)
