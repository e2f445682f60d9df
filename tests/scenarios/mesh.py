"""A whole mesh on this machine: the sandbox, a Dagster home, and the parts of a daily run.

Belongs here: what demo, dev and the tests all start. Does not: what they then show or assert.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tests.sandbox.process import running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    import dagster as dg

    from tests.sandbox.process import RunningSandbox

ROOT = Path(__file__).parents[2]
# Not in the project's dagster.yaml, which Dagster also reads where no DAGSTER_HOME is set.
STORAGE = """
storage:
  custom:
    module: shared_policies.orchestration.sqlite_history
    class: SqliteHistory
    config:
      base_dir: {env: DAGSTER_HOME}
"""


@dataclass(frozen=True)
class Part:
    """One run of the daily job. `landed` says that it pulls days; the others take what is there.

    `since` is the first day that a source needs whatever the others are asked for, as its
    schedule finds it; None if there is no such day.
    """

    title: str
    definitions: dg.Definitions
    selection: dg.AssetSelection
    landed: bool
    since: Callable[[], date | None] = lambda: None

    def keys(self) -> list[dg.AssetKey]:
        graph = self.definitions.resolve_asset_graph()
        return sorted(self.selection.resolve(graph) & graph.materializable_asset_keys)

    def run(
        self, instance: dg.DagsterInstance, *, first_day: str, last_day: str, tags: dict[str, str]
    ) -> dg.ExecuteInProcessResult:
        """`first_day` and `last_day` both included."""
        from shared_policies.orchestration.schedules import range_tags  # noqa: PLC0415  with Dagster

        needed = self.since()
        first_day = min(first_day, needed.isoformat()) if needed else first_day
        days = range_tags(first_day, last_day) if self.landed else {}
        return self.definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            asset_selection=self.keys(),
            tags={**tags, **days},
            instance=instance,
            raise_on_error=False,
        )


def parts() -> list[Part]:
    """In the order in which the schedules and the automation run them. Reads the environment."""
    import dagster as dg  # noqa: PLC0415  1.5 s, after the first words on the screen

    from finance_domain.definitions import finance  # noqa: PLC0415  reads the environment
    from finance_domain.landing.ledger import dated, read_whole  # noqa: PLC0415  with Dagster
    from marketing_domain.definitions import marketing  # noqa: PLC0415  likewise
    from shared_policies.governance.definitions import governance  # noqa: PLC0415  likewise

    ours, theirs = marketing(), finance()
    chosen = dg.AssetSelection
    ecb = chosen.key_prefixes(["finance", "ecb"])
    google_ads = chosen.key_prefixes(["marketing", "google_ads"])
    facebook_ads = chosen.key_prefixes(["marketing", "facebook_ads"])
    google_analytics = chosen.key_prefixes(["marketing", "google_analytics"])
    adobe_analytics = chosen.key_prefixes(["marketing", "adobe_analytics"])
    salesforce = chosen.key_prefixes(["marketing", "salesforce"])
    surveys = chosen.key_prefixes(["marketing", "surveys"])
    marketing_s = [["marketing", "campaign_performance"], ["marketing", "ad_performance"]]
    with_marketing = chosen.assets(*marketing_s).downstream(include_self=False)
    by_itself = chosen.all() - ecb - dated() - read_whole() - with_marketing
    pulled = adobe_analytics | google_ads | facebook_ads | google_analytics | salesforce | surveys
    products = chosen.all() - pulled
    return [
        Part("finance: the ledger's days", theirs, dated(), landed=True, since=_first_day_due),
        Part("finance: the ledger's tables", theirs, read_whole(), landed=True),
        Part("finance: exchange rates", theirs, ecb, landed=True, since=_first_booked_day),
        Part("finance: rates and books as products", theirs, by_itself, landed=False),
        Part("marketing: Google Ads", ours, google_ads, landed=True),
        Part("marketing: Facebook Ads", ours, facebook_ads, landed=True),
        Part("marketing: Google Analytics", ours, google_analytics, landed=True),
        Part("marketing: Adobe Analytics", ours, adobe_analytics, landed=True),
        Part("marketing: Salesforce", ours, salesforce, landed=True),
        Part("marketing: surveys", ours, surveys, landed=True),
        Part("marketing: models and products", ours, products, landed=False),
        Part("finance: what marketing earned", theirs, with_marketing, landed=False),
        Part("governance: scorecard and catalog", governance(), chosen.all(), landed=False),
    ]


def _first_day_due() -> date | None:
    """As the schedule of the ledger finds it."""
    from finance_domain.connectors.ledger import connect  # noqa: PLC0415  reads the environment
    from finance_domain.landing.ledger import days_due  # noqa: PLC0415  with Dagster
    from shared_policies.platform.company import data_settings  # noqa: PLC0415  likewise
    from shared_policies.platform.landing_store import LandingStore  # noqa: PLC0415  likewise

    return min(days_due(connect(), LandingStore(data_settings().landing_url)), default=None)


def _first_booked_day() -> date | None:
    """As the schedule of the rates finds it."""
    from finance_domain.landing.ledger import first_booked_day  # noqa: PLC0415  with Dagster
    from shared_policies.platform.company import data_settings  # noqa: PLC0415  likewise
    from shared_policies.platform.landing_store import LandingStore  # noqa: PLC0415  likewise

    return first_booked_day(LandingStore(data_settings().landing_url))


def dagster_home(folder: Path) -> Path:
    """`folder`, with the settings of the mesh's Dagster in it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dagster.yaml").write_text((ROOT / "dagster.yaml").read_text() + STORAGE)
    return folder


def mesh_environment(data_dir: Path, sandbox: RunningSandbox) -> Mapping[str, str]:
    """The variables under which every process of one mesh runs."""
    home = dagster_home(data_dir / "dagster")
    return {
        "MESH_DATA_DIR": str(data_dir),
        "DAGSTER_HOME": str(home),
        "SANDBOX_HTTP_URL": sandbox.http_url,
        "SANDBOX_GRPC_ADDRESS": sandbox.grpc_address,
        "SANDBOX_LEDGER_URL": sandbox.ledger_url,
        "SANDBOX_FILES_DIR": sandbox.files_dir,
        "PYTHONWARNINGS": "ignore",
    }


@contextmanager
def running_ui(
    environment: Mapping[str, str], *, port: int, log: IO[str] | None
) -> Iterator[subprocess.Popen[bytes]]:
    """`dagster dev` with everything that it starts, all of which ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dagster", "dev", "--host", "127.0.0.1", "--port", str(port)],
        cwd=ROOT,
        env=dict(environment),
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def running_mesh(data_dir: Path, *, world: str) -> Iterator[tuple[RunningSandbox, dict[str, str]]]:
    """A sandbox, and the complete environment for processes beside it; ends the sandbox."""
    with running_sandbox(world=world) as sandbox:
        yield sandbox, {**os.environ, **mesh_environment(data_dir.resolve(), sandbox)}
