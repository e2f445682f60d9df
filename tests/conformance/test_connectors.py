"""What every connector must satisfy; a new one is found on disk and tested without a line here."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from shared_policies.platform.days import DayRange
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.privacy import looks_personal, refuse_unusable
from shared_policies.platform.pulling import pull_accounts
from tests.conftest import NOW

if TYPE_CHECKING:
    from shared_policies.platform.pulling import PullReport
    from tests.sandbox.process import RunningSandbox

ROOT = Path(__file__).parents[2]
MODULES = {
    path.stem: f"{path.parts[-3]}.connectors.{path.stem}"
    for path in sorted(ROOT.glob("*_domain/connectors/*.py"))
    if "def connect()" in path.read_text()
}
DAYS = DayRange(start=NOW.date().replace(day=1), end=NOW.date().replace(day=4))


def connector_module(name: str) -> Any:  # noqa: ANN401
    return importlib.import_module(MODULES[name])


STREAM_NAMES = [(name, stream) for name in MODULES for stream in connector_module(name).STREAMS]


def land(name: str, stream_name: str, root: Path) -> PullReport:
    module = connector_module(name)
    return pull_accounts(
        module.connect(),
        module.STREAMS[stream_name],
        DAYS,
        landing_store=LandingStore(str(root / "landing")),
        threads=2,
        on_progress=lambda _: None,
    )


def test_connectors_are_found():
    assert {"google_ads", "facebook_ads", "google_analytics", "ecb", "ledger"} <= set(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_a_source_is_named_for_its_module(name: str):
    """By the name of its folder in landing, housekeeping finds the domain whose promise holds."""
    landing = importlib.import_module(MODULES[name].replace(".connectors.", ".landing."))
    assert landing.SOURCE.name == name
    assert {stream.source for stream in connector_module(name).STREAMS.values()} == {name}


@pytest.mark.parametrize(("name", "stream_name"), STREAM_NAMES)
def test_a_stream_says_what_it_is(name: str, stream_name: str):
    stream = connector_module(name).STREAMS[stream_name]
    assert stream.source == name
    assert stream.name == stream_name
    assert stream.description
    assert stream.schema.names[:2] == ["account_id", "account_day"]
    assert stream.schema.field("account_id").type == pa.string()
    assert stream.schema.field("account_day").type == pa.date32()
    assert set(stream.grain) <= set(stream.schema.names)
    assert {*stream.must_close, *stream.residual} <= set(stream.schema.names)


@pytest.mark.parametrize(("name", "stream_name"), STREAM_NAMES)
def test_a_text_column_that_looks_personal_is_declared_so(name: str, stream_name: str):
    """What is not declared would be landed as it comes, and stay for as long as landing does."""
    stream = connector_module(name).STREAMS[stream_name]
    texts = [field.name for field in stream.schema if pa.types.is_string(field.type)]
    undeclared = [one for one in texts if looks_personal(one) and one not in stream.personal]
    assert not undeclared, (
        f"{name}/{stream_name}: say in its Stream(personal=...) what becomes of {undeclared} "
        '("hash" keeps joins, "mask" shows the shape, "drop" leaves the column empty), or give '
        "what is not about a person another name."
    )
    refuse_unusable(stream)


@pytest.mark.parametrize(("name", "stream_name"), STREAM_NAMES)
def test_a_stream_lands_every_account_day_and_the_same_answer_once(
    sandbox: RunningSandbox, tmp_path: Path, name: str, stream_name: str
):
    first = land(name, stream_name, tmp_path)
    assert not first.failed
    assert {record.outcome for record in first.records} == {"new"}
    again = land(name, stream_name, tmp_path)
    assert {record.outcome for record in again.records} == {"unchanged"}
    if not first.stream.snapshot:
        days = {record.account_day for record in first.records}
        assert days == set(DAYS)


@pytest.mark.parametrize("name", MODULES)
def test_a_connector_says_what_it_speaks_and_whose_clock_it_follows(
    sandbox: RunningSandbox, name: str
):
    interface = connector_module(name).connect().interface
    assert importlib.metadata.version(interface.library)
    assert interface.version is None or re.fullmatch(
        r"v?\d+(\.\d+)?(beta|alpha)?", interface.version
    )
    assert interface.clock_url in {None, sandbox.http_url} or str(interface.clock_url).startswith(
        f"{sandbox.http_url}/"
    )


def test_importing_a_connector_imports_no_client_library():
    """They cost seconds and 100 MB that a location's load would pay."""
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    imports = "; ".join(f"import {module}" for module in MODULES.values())
    heavy = (
        "['google.ads.googleads', 'google.analytics', 'grpc', 'facebook_business', "
        "'currency_converter', 'duckdb', 'sqlalchemy']"
    )
    code = f"import sys; {imports}; print([name for name in {heavy} if name in sys.modules])"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert shown.stdout.strip() == "[]"


def test_an_account_that_may_not_be_read_is_reported_and_the_others_are_landed(
    sandbox: RunningSandbox, tmp_path: Path
):
    report = land("facebook_ads", "account_day", tmp_path)
    assert set(report.unreadable) == {"2000000000000003"}
    assert {record.account_id for record in report.records} == {
        "2000000000000001",
        "2000000000000002",
    }
    report.raise_for_failures()


def test_an_account_that_lost_its_permission_is_a_failure_that_names_it(
    sandbox: RunningSandbox, tmp_path: Path
):
    land("google_ads", "account_day", tmp_path)
    sandbox.set_faults(
        {
            "source": "google_ads",
            "kind": "permission_lost",
            "account_id": "1000000002",
            "times": None,
        }
    )
    report = land("google_ads", "account_day", tmp_path)
    assert set(report.failed) == {"1000000002"}
    assert {record.account_id for record in report.records} == {"1000000001"}
    with pytest.raises(type(report.failed["1000000002"]), match="1000000002"):
        report.raise_for_failures()


@pytest.mark.parametrize("name", ["google_ads", "facebook_ads"])
def test_totals_that_never_agree_land_nothing(sandbox: RunningSandbox, tmp_path: Path, name: str):
    stream = r"FROM customer " if name == "google_ads" else r'"level": "account"'
    sandbox.set_faults(
        {"source": name, "kind": "wrong_control_totals", "stream": stream, "times": None}
    )
    report = land(name, "campaign_hour", tmp_path)
    assert report.failed
    assert not report.records
    assert not list((tmp_path / "landing" / name / "campaign_hour").glob("pulled_on=*"))


@pytest.mark.parametrize("name", ["google_ads", "facebook_ads"])
def test_totals_that_disagree_once_are_looked_at_again(
    sandbox: RunningSandbox, tmp_path: Path, name: str
):
    stream = r"FROM customer " if name == "google_ads" else r'"level": "account"'
    sandbox.set_faults(
        {"source": name, "kind": "wrong_control_totals", "stream": stream, "times": 1}
    )
    report = land(name, "campaign_hour", tmp_path)
    assert not report.failed
    assert sandbox.faults()[0]["fired"] == 1


@pytest.mark.parametrize(
    ("name", "spend"), [("google_ads", "cost_micros"), ("facebook_ads", "spend")]
)
def test_what_an_account_shows_for_no_ad_is_recorded_to_the_last_micro(
    sandbox: RunningSandbox, tmp_path: Path, name: str, spend: str
):
    """Performance Max has no ads, and Meta leaves deleted ones out."""
    month = DayRange(
        start=NOW.date().replace(month=10, day=5), end=NOW.date().replace(month=10, day=7)
    )
    module = connector_module(name)
    store = LandingStore(str(tmp_path / "landing"))
    report = pull_accounts(
        module.connect(),
        module.STREAMS["ad_day"],
        month,
        landing_store=store,
        threads=2,
        on_progress=lambda _: None,
    )
    asked = {"start": month.start, "end": month.end}
    whole: dict[tuple[str, str], int] = {}
    for row in sandbox.truth(f"{name}/delivery", **asked, by="account_day"):
        whole[row["account_id"], row["day"]] = row["cost_micros"]
    recorded = {}
    for record in report.records:
        rows = store.sample([record]).to_pylist()
        shown = sum(Decimal(row[spend]) for row in rows)
        gap = Decimal(str(json.loads(record.control_difference or "{}").get(spend, 0)))
        unit = 1 if name == "google_ads" else 1_000_000
        recorded[record.account_id, str(record.account_day)] = int((shown + gap) * unit)
    assert any(record.control_difference for record in report.records)
    assert recorded == whole
