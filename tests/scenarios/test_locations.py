"""Two code locations that know each other only by the keys of products."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg
import pytest
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData,
)

from tests.scenarios.mesh import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scenarios.conftest import RanMesh

DOMAINS = sorted(path.name for path in ROOT.glob("*_domain"))
GOOGLE_DAY = dg.AssetKey(["marketing", "google_ads", "account_day"])
STAGED = dg.AssetKey(["marketing", "staging", "stg_google_ads__account_day"])
PRODUCT = dg.AssetKey(["marketing", "campaign_performance"])
CANDIDATE = dg.AssetKey(["marketing", "candidates", "campaign_performance"])
RATES = dg.AssetKey(["finance", "fx_rates"])
SPEND = dg.AssetKey(["finance", "intermediate", "int_finance__campaign_spend"])
CHECK = "every_account_day_has_an_answer"
DAY = "2026-11-01"


def definitions_of(mesh: RanMesh) -> list[dg.Definitions]:
    """Marketing's, finance's and governance's."""
    return list({id(part.definitions): part.definitions for part in mesh.parts}.values())


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_location_loads_while_every_other_one_is_broken(ran_mesh: RanMesh, domain: str):
    broken = "; ".join(f"sys.modules['{other}'] = None" for other in DOMAINS if other != domain)
    short = domain.removesuffix("_domain")
    code = (
        f"import sys; {broken}; from {domain}.definitions import {short}; "
        f"print(len({short}().resolve_all_asset_specs()))"
    )
    shown = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    assert int(shown.stdout.split()[-1]) > 5


def test_every_key_that_a_location_depends_on_is_materialised_by_some_location(ran_mesh: RanMesh):
    """Dagster itself never complains about a misspelled key."""
    specs = [
        spec
        for definitions in definitions_of(ran_mesh)
        for asset in definitions.assets or ()
        if isinstance(asset, dg.AssetsDefinition)
        for spec in asset.specs
    ]
    made = {spec.key for spec in specs}
    needed = {dep.asset_key for spec in specs for dep in spec.deps}
    assert needed <= made, needed - made
    assert dg.AssetKey(["finance", "fx_rates"]) in needed
    assert PRODUCT in needed


def test_every_asset_says_what_it_is(ran_mesh: RanMesh):
    for definitions in definitions_of(ran_mesh):
        for asset in definitions.assets or ():
            assert isinstance(asset, dg.AssetsDefinition)
            for spec in asset.specs:
                name = spec.key.to_user_string()
                assert spec.description, name
                assert spec.owners, name
                assert spec.group_name not in {None, "default"}, name
                assert spec.kinds, name
                assert spec.tags.get("layer"), name


def test_a_morning_asks_each_source_once_for_yesterday_and_its_lookback(ran_mesh: RanMesh):
    at_six = datetime(2026, 11, 5, 5, 0, tzinfo=UTC)
    asked = {}
    for definitions in definitions_of(ran_mesh):
        for schedule in definitions.schedules or ():
            assert isinstance(schedule, dg.ScheduleDefinition)
            assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
            context = dg.build_schedule_context(scheduled_execution_time=at_six)
            requests = schedule.evaluate_tick(context).run_requests
            assert requests is not None
            assert len(requests) == 1, "one run, not a run a day"
            tags = requests[0].tags
            asked[schedule.name] = (
                tags.get("dagster/asset_partition_range_start"),
                tags.get("dagster/asset_partition_range_end"),
            )
    first, last = asked.pop("ledger_daily_schedule")
    assert first is not None
    assert first <= "2026-11-02", "as far back as the ledger differs from what was landed"
    assert last == "2026-11-04"
    assert asked == {
        # The longest window that an action of the sandbox has is 30 days, Meta's figures change for
        # 28, Google Analytics' for 2; each and two days in which it is reported.
        "google_ads_daily_schedule": ("2026-10-04", "2026-11-04"),
        "facebook_ads_daily_schedule": ("2026-10-06", "2026-11-04"),
        "google_analytics_daily_schedule": ("2026-11-01", "2026-11-04"),
        # Late hits come within two days; the day itself and one for reporting.
        "adobe_analytics_daily_schedule": ("2026-11-01", "2026-11-04"),
        # A change is on its own day, and two days more for clocks.
        "salesforce_daily_schedule": ("2026-11-02", "2026-11-04"),
        # Answers come in for two weeks.
        "surveys_daily_schedule": ("2026-10-21", "2026-11-04"),
        "ledger_tables_daily_schedule": ("2026-11-04", "2026-11-04"),
        "ecb_daily_schedule": ("2026-10-31", "2026-11-04"),
        # These take whatever was landed.
        "marketing_catch_up_schedule": (None, None),
        "finance_catch_up_schedule": (None, None),
        "governance_hourly_schedule": (None, None),
        "housekeeping_schedule": (None, None),
    }


def both(mesh: RanMesh) -> dg.Definitions:
    found = definitions_of(mesh)
    return dg.Definitions(
        assets=[asset for one in found for asset in one.assets or ()],
        asset_checks=[check for one in found for check in one.asset_checks or ()],
        resources=found[0].resources,
    )


def landed(instance: dg.DagsterInstance, key: dg.AssetKey, *, check_passed: bool) -> None:
    """A partition of a landing asset and its blocking check, as a run reports them."""
    partition = DAY if "google_ads" in key.path else None
    instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=partition))
    record = instance.fetch_materializations(key, limit=1).records[0]
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=key,
            check_name=CHECK,
            passed=check_passed,
            metadata={},
            blocking=True,
            target_materialization_data=AssetCheckEvaluationTargetMaterializationData(
                storage_id=record.storage_id, run_id=record.run_id, timestamp=record.timestamp
            ),
        )
    )


@pytest.mark.parametrize("check_passed", [True, False])
def test_models_run_after_a_pull_only_if_its_check_passed(ran_mesh: RanMesh, check_passed: bool):  # noqa: FBT001
    definitions = both(ran_mesh)
    with dg.DagsterInstance.ephemeral() as instance:
        quiet = dg.evaluate_automation_conditions(defs=definitions, instance=instance)
        for spec in definitions.resolve_all_asset_specs():
            if spec.key.path[:2] == ["marketing", "google_ads"]:
                landed(instance, spec.key, check_passed=check_passed)
        woken = dg.evaluate_automation_conditions(
            defs=definitions, instance=instance, cursor=quiet.cursor
        )
    assert bool(woken.get_num_requested(STAGED)) is check_passed


@pytest.mark.parametrize("rates_are_published", [True, False])
def test_what_reads_another_domain_s_product_waits_for_it_and_the_rest_does_not(
    ran_mesh: RanMesh,
    rates_are_published: bool,  # noqa: FBT001
):
    definitions = both(ran_mesh)
    with dg.DagsterInstance.ephemeral() as instance:
        if rates_are_published:
            instance.report_runless_asset_event(dg.AssetMaterialization(RATES))
        quiet = dg.evaluate_automation_conditions(defs=definitions, instance=instance)
        for spec in definitions.resolve_all_asset_specs():
            if spec.key.path[:2] == ["marketing", "google_ads"]:
                landed(instance, spec.key, check_passed=True)
        woken = dg.evaluate_automation_conditions(
            defs=definitions, instance=instance, cursor=quiet.cursor
        )
    assert woken.get_num_requested(STAGED) == 1
    assert bool(woken.get_num_requested(CANDIDATE)) is rates_are_published


def test_finance_s_spend_follows_marketing_s_product_across_locations(ran_mesh: RanMesh):
    definitions = both(ran_mesh)
    with dg.DagsterInstance.ephemeral() as instance:
        quiet = dg.evaluate_automation_conditions(defs=definitions, instance=instance)
        instance.report_runless_asset_event(dg.AssetMaterialization(PRODUCT))
        woken = dg.evaluate_automation_conditions(
            defs=definitions, instance=instance, cursor=quiet.cursor
        )
    assert woken.get_num_requested(SPEND) == 1


def test_a_refused_candidate_leaves_the_last_version_and_says_why(
    ran_mesh: RanMesh, tmp_path: Path
):
    """The product's own asset over a warehouse whose rate is missing."""
    import duckdb  # noqa: PLC0415  as dbt would

    from finance_domain.products.fx_rates import product  # noqa: PLC0415
    from shared_policies.governance.ledger import Ledger  # noqa: PLC0415
    from shared_policies.platform.product_store import ProductStore  # noqa: PLC0415
    from shared_policies.platform.warehouse import Warehouse  # noqa: PLC0415

    path = tmp_path / "finance.duckdb"
    shutil.copy(ran_mesh.data_dir / "warehouse" / "finance.duckdb", path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "update candidates.fx_rates set rate = null"
            " where from_currency = 'USD' and rate_date = date '2026-11-01'"
        )
    store = ProductStore(str(ran_mesh.data_dir / "products"))
    before = store.current("finance/fx_rates", major_version=1)
    result = dg.materialize(
        [product.asset()],
        resources={
            "warehouse": Warehouse(path),
            "product_store": store,
            "ledger": Ledger(str(tmp_path / "ledger")),
        },
        instance=dg.DagsterInstance.ephemeral(),
        raise_on_error=False,
    )
    assert not result.success
    assert not result.get_asset_materialization_events(), "no consumer starts on bad data"
    failed = [check for check in result.get_asset_check_evaluations() if not check.passed]
    assert "required_values_are_there" in {check.check_name for check in failed}
    told = result.all_events
    shown = next(event for event in told if event.is_step_failure).step_failure_data
    assert shown.user_failure_data is not None
    assert "USD" in str(shown.user_failure_data.description)
    assert "the last good version stays" in str(shown.user_failure_data.description)
    assert store.current("finance/fx_rates", major_version=1).version_id == before.version_id
