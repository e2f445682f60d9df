"""What is pulled is chosen in a file, and held against what the platforms say they have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from marketing_domain.connectors import facebook_ads, google_ads, google_analytics
from marketing_domain.landing.google_ads import SOURCE
from marketing_domain.products.pipeline import product as pipeline
from marketing_domain.settings import chosen_sources
from shared_policies.governance.landing_checks import landing_check
from shared_policies.governance.ledger import Ledger
from shared_policies.orchestration.landing_assets import landing_assets
from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import MisconfiguredSetting
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.product_store import ProductStore
from shared_policies.platform.pulling import PullReport, pull_accounts
from shared_policies.platform.warehouse import Warehouse
from tests.marketing_domain.sources import sources_file

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox.process import RunningSandbox

DAYS = DayRange(start=date(2026, 10, 24), end=date(2026, 10, 27))
BERLIN = "1000000001"
BY_HOUR = {
    "description": "Clicks by campaign and hour, as somebody wanted them.",
    "from": "campaign",
    "columns": {
        "campaign": ["campaign.name", "text"],
        "kind": ["campaign.advertising_channel_type", "enum"],
        "hour": ["segments.hour", "whole"],
        "clicks": ["metrics.clicks", "whole"],
    },
    "grain": ["campaign", "hour"],
}
BY_AGE = {
    "description": "Impressions by campaign and age.",
    "breakdowns": ["age"],
    "columns": {
        "campaign_id": ["campaign_id", "text"],
        "age": ["age", "text"],
        "impressions": ["impressions", "count"],
    },
    "grain": ["campaign_id", "age"],
}
BY_EVENT = {
    "description": "Key events by name.",
    "columns": {"event": ["eventName", "text"], "key_events": ["keyEvents", "fraction"]},
    "grain": ["event"],
}


Choose = Callable[..., None]


@pytest.fixture
def choose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Choose:
    def chosen(**sources: dict[str, Any]) -> None:
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        monkeypatch.setenv("MARKETING_SOURCES_FILE", str(sources_file(folder, **sources)))

    return chosen


def landed(module: Any, stream_name: str, folder: Path) -> PullReport:  # noqa: ANN401
    connector = module.connect()
    return pull_accounts(
        connector,
        connector.streams[stream_name],
        DAYS,
        landing_store=LandingStore(str(folder / "landing")),
        threads=1,
        on_progress=lambda _: None,
        choice=getattr(chosen_sources(), connector.source),
    )


def test_a_report_in_gaql_is_landed_as_the_platform_gives_it(
    sandbox: RunningSandbox, tmp_path: Path, choose: Choose
):
    choose(google_ads={"accounts": [BERLIN], "reports": {"campaign_hours": BY_HOUR}})
    landed(google_ads, "campaign_hours", tmp_path)
    rows = LandingStore(str(tmp_path / "landing")).history("google_ads", "campaign_hours")
    clicks: dict[str, int] = defaultdict(int)
    expected: dict[str, int] = defaultdict(int)
    for row in rows:
        clicks[row["account_day"].isoformat()] += row["clicks"]
    for told in sandbox.truth(
        "google_ads/delivery",
        start="2026-10-24",
        end="2026-10-28",
        by="campaign_day",
        time_zone="UTC",
    ):
        if told["account_id"] == BERLIN and told["clicks"]:
            expected[told["day"]] += told["clicks"]
    days = {day.isoformat() for day in DAYS}
    assert dict(clicks) == {day: count for day, count in expected.items() if day in days}
    assert {row["kind"] for row in rows} <= {"SEARCH", "PERFORMANCE_MAX", "DISPLAY", "SHOPPING"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"clicks": ["metrics.klicks", "whole"]}, "metrics.klicks does not exist"),
        ({"clicks": ["metrics.clicks", "text"]}, "metrics.clicks is INT64, which is landed as"),
        (
            {"action": ["segments.conversion_action", "tail"]},
            "metrics.clicks is not given by segments.conversion_action",
        ),
        ({"ad": ["ad_group_ad.ad.id", "id"]}, "may not be selected from campaign"),
    ],
)
@pytest.mark.usefixtures("sandbox")
def test_what_google_cannot_answer_is_said_before_anything_is_asked(
    change: dict[str, Any], told: str, tmp_path: Path, choose: Choose
):
    columns = {**BY_HOUR["columns"], **change}  # type: ignore[dict-item]
    choose(google_ads={"reports": {"campaign_hours": {**BY_HOUR, "columns": columns}}})
    report = landed(google_ads, "campaign_hours", tmp_path)
    assert not report.records
    assert all(isinstance(one, MisconfiguredSetting) for one in report.failed.values())
    assert all(told in str(one) for one in report.failed.values())
    with pytest.raises(MisconfiguredSetting, match=r"sources\.yaml"):
        report.raise_for_failures()


@pytest.mark.usefixtures("sandbox")
def test_a_report_of_analytics_is_landed(tmp_path: Path, choose: Choose):
    choose(google_analytics={"reports": {"event_day": BY_EVENT}})
    store = LandingStore(str(tmp_path / "landing"))
    for name in ("event_day", "key_event_hour"):
        landed(google_analytics, name, tmp_path)
    rows = store.history("google_analytics", "event_day")
    by_hour = store.history("google_analytics", "key_event_hour")

    def total(found: list[dict[str, Any]], name: str) -> dict[str, float]:
        sums: dict[str, float] = defaultdict(float)
        for row in found:
            sums[row[name]] += row["key_events"]
        return {event: count for event, count in sums.items() if count}

    assert total(rows, "event") == total(by_hour, "event_name")


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"event": ["eventLabel", "text"], "n": ["keyEvents", "fraction"]}, "no dimension"),
        ({"event": ["eventName", "text"], "n": ["keyevents", "fraction"]}, "no metric keyevents"),
        ({"event": ["eventName", "text"], "n": ["keyEvents", "whole"]}, "is TYPE_FLOAT, landed"),
        ({"event": ["itemName", "text"], "n": ["sessions", "whole"]}, "itemName may not be asked"),
    ],
)
@pytest.mark.usefixtures("sandbox")
def test_what_a_property_does_not_have_is_said(
    columns: dict[str, Any], told: str, tmp_path: Path, choose: Choose
):
    choose(google_analytics={"reports": {"event_day": {**BY_EVENT, "columns": columns}}})
    [failure] = landed(google_analytics, "event_day", tmp_path).failed.values()
    assert isinstance(failure, MisconfiguredSetting)
    assert told in str(failure)


@pytest.mark.usefixtures("sandbox")
def test_a_report_of_meta_is_landed_and_adds_up_to_its_campaigns(tmp_path: Path, choose: Choose):
    choose(facebook_ads={"reports": {"age_day": BY_AGE}})
    store = LandingStore(str(tmp_path / "landing"))
    for name in ("age_day", "campaign_day"):
        landed(facebook_ads, name, tmp_path)
    by_age, whole = (store.history("facebook_ads", name) for name in ("age_day", "campaign_day"))
    assert {row["age"] for row in by_age} >= {"18-24", "65+"}
    assert sum(row["impressions"] for row in by_age) == sum(row["impressions"] for row in whole)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"breakdowns": ["age", "region"]}, "does not break down by age, region together"),
        ({"breakdowns": ["dma"]}, "does not break down by dma"),
        ({"breakdowns": ["shoe_size"]}, "there is no breakdown shoe_size"),
        ({"column": ["link_clicks", "count"]}, "there is no field link_clicks"),
        ({"column": ["actions", "text"]}, "actions is landed as actions or clicks, not as text"),
        ({"breakdowns": ["region"], "column": ["actions", "actions"]}, "happened outside of Meta"),
    ],
)
@pytest.mark.usefixtures("sandbox")
def test_what_meta_cannot_answer_is_said(
    change: dict[str, Any], told: str, tmp_path: Path, choose: Choose
):
    breakdowns = change.get("breakdowns", ["age"])
    columns = {
        "campaign_id": ["campaign_id", "text"],
        **{one: [one, "text"] for one in breakdowns},
        "further": change.get("column", ["clicks", "count"]),
    }
    report = {**BY_AGE, "breakdowns": breakdowns, "columns": columns, "grain": ["campaign_id"]}
    choose(facebook_ads={"reports": {"age_day": report}})
    failed = landed(facebook_ads, "age_day", tmp_path).failed.values()
    assert failed
    assert all(isinstance(one, MisconfiguredSetting) and told in str(one) for one in failed)


@pytest.mark.usefixtures("sandbox")
def test_accounts_are_taken_and_left_by_name_and_a_wrong_name_is_told(
    tmp_path: Path, choose: Choose
):
    choose(google_ads={"accounts": [BERLIN, "7777777777"]})
    report = landed(google_ads, "account_day", tmp_path)
    assert {record.account_id for record in report.records} == {BERLIN}
    assert set(report.unreadable) == {"7777777777"}
    assert "do not reach it" in str(report.unreadable["7777777777"])
    choose(google_ads={"except_accounts": [BERLIN]})
    others = landed(google_ads, "account_day", tmp_path)
    assert {record.account_id for record in others.records}
    assert BERLIN not in {record.account_id for record in others.records}


@pytest.mark.parametrize(
    ("sources", "told"),
    [
        ({"google_adds": {}}, "google_adds: Extra inputs"),
        ({"google_ads": {"acounts": []}}, "google_ads.acounts: Extra inputs"),
        ({"google_ads": {"used": "perhaps"}}, "google_ads.used"),
        ({"google_ads": {"accounts": ["1"], "except_accounts": ["1"]}}, "1 is both in"),
    ],
)
def test_a_mistake_in_the_file_is_named(sources: dict[str, Any], told: str, choose: Choose):
    choose(**sources)
    with pytest.raises(MisconfiguredSetting) as failure:
        chosen_sources()
    assert told in str(failure.value)
    assert "docs/guides/choose_sources.md" in str(failure.value)


@pytest.mark.parametrize(
    ("name", "report", "told"),
    [
        ("campaign_day", BY_HOUR, "cannot be called 'campaign_day'"),
        ("../up", BY_HOUR, "cannot be called '../up'"),
        ("hours", {**BY_HOUR, "grain": ["day"]}, "grain names day, which is no column"),
        ("hours", {**BY_HOUR, "form": "campaign"}, "hours.form: Extra inputs"),
        ("hours", {**BY_HOUR, "from": "campaign; drop"}, "hours.from"),
        (
            "hours",
            {**BY_HOUR, "columns": {"day": ["campaign.id' OR name LIKE '%", "text"]}},
            "hours.columns.day",
        ),
        (
            "hours",
            {**BY_HOUR, "columns": {'a" from x; --': ["campaign.id", "id"]}},
            "hours.columns",
        ),
    ],
)
def test_a_report_of_another_form_keeps_the_location_from_loading(
    name: str, report: dict[str, Any], told: str, choose: Choose
):
    choose(google_ads={"reports": {name: report}})
    with pytest.raises(MisconfiguredSetting) as failure:
        google_ads.connect()
    assert told in str(failure.value)


def test_a_key_that_stands_twice_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "sources.yaml"
    path.write_text("google_ads:\n  used: true\n  used: false\n")
    monkeypatch.setenv("MARKETING_SOURCES_FILE", str(path))
    with pytest.raises(MisconfiguredSetting, match="used stands twice"):
        chosen_sources()


def test_a_tag_that_would_run_something_is_no_yaml_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path, left = tmp_path / "sources.yaml", tmp_path / "left"
    path.write_text(f"google_ads: !!python/object/apply:os.system ['touch {left}']\n")
    monkeypatch.setenv("MARKETING_SOURCES_FILE", str(path))
    with pytest.raises(MisconfiguredSetting, match="python/object"):
        chosen_sources()
    assert not left.exists()


def test_a_product_that_only_an_unused_source_would_fill_is_left_out_and_says_so(
    choose: Choose, tmp_path: Path
):
    choose(salesforce={"used": False})
    store = ProductStore(str(tmp_path / "products"))
    result = dg.materialize(
        [pipeline.asset()],
        resources={
            "warehouse": Warehouse(tmp_path / "none.duckdb"),
            "product_store": store,
            "ledger": Ledger(str(tmp_path / "ledger")),
        },
        instance=dg.DagsterInstance.ephemeral(),
    )
    assert result.success
    assert store.published() == {}
    told = [check.description for check in result.get_asset_check_evaluations()]
    assert told
    assert set(told) == {
        "NOT_APPLICABLE: This company does not use Salesforce: sources.yaml says so."
    }


def test_nothing_is_due_of_a_stream_that_is_not_pulled(choose: Choose, tmp_path: Path):
    choose(google_ads={"leave_out": ["place_day"]})
    source = replace(SOURCE, choice=chosen_sources().google_ads)
    [asset] = [one for one in landing_assets([source]) if one.key.path[-1] == "place_day"]
    [spec] = asset.specs
    result = dg.materialize(
        [asset, landing_check(spec)],
        partition_key="2026-10-24",
        resources={"landing_store": LandingStore(str(tmp_path / "landing"))},
        instance=dg.DagsterInstance.ephemeral(),
    )
    assert result.success
    [check] = result.get_asset_check_evaluations()
    assert check.description == "NOT_APPLICABLE: this company does not pull it."
