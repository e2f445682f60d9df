"""A candidate that breaks its promise is published to nobody, and everybody can see why."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import duckdb
import pytest

from marketing_domain.products.campaign_performance import product
from shared_policies.governance.ledger import Ledger
from shared_policies.platform.product_store import ProductStore
from shared_policies.platform.warehouse import Warehouse

if TYPE_CHECKING:
    from tests.scenarios.conftest import RanMesh

PORT = "marketing/campaign_performance"
TABLE = "candidates.campaign_performance"
A_DAY = "account_id = '1000000001' and reporting_day = '2026-11-03'"
SPOILED = {
    "one account's day is missing": f"delete from {TABLE} where {A_DAY}",
    "one day is in micros of micros": f"""update {TABLE}
        set spend_account_micros = spend_account_micros * 1000000 where {A_DAY}""",
    "the currency's label is flipped": f"""update {TABLE} set account_currency = 'USD'
        where account_id = '1000000001'""",
    "a person's address stands in a name": f"""update {TABLE}
        set campaign_name = 'for jane.doe@example.com' where {A_DAY}""",
}
NOTICED_BY = {
    "one account's day is missing": "sums_agree_with_control_totals",
    "one day is in micros of micros": "sums_agree_with_control_totals",
    "the currency's label is flipped": "labels_are_those_of_the_source",
    "a person's address stands in a name": "texts_name_nobody",
}


def publish(mesh: RanMesh, warehouse: Path) -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [product.asset()],
        resources={
            "warehouse": Warehouse(warehouse),
            "product_store": ProductStore(str(mesh.data_dir / "products")),
            "ledger": Ledger(str(warehouse.parent / "ledger")),
        },
        instance=dg.DagsterInstance.ephemeral(),
        raise_on_error=False,
    )


def spoiled(mesh: RanMesh, folder: Path, sql: str) -> Path:
    path = folder / "marketing.duckdb"
    shutil.copy(mesh.data_dir / "warehouse" / "marketing.duckdb", path)
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql)
    return path


@pytest.mark.parametrize("defect", SPOILED)
def test_a_spoiled_candidate_is_refused_and_the_last_version_stays(
    ran_mesh: RanMesh, tmp_path: Path, defect: str
):
    store = ProductStore(str(ran_mesh.data_dir / "products"))
    before = store.current(PORT, major_version=1)
    result = publish(ran_mesh, spoiled(ran_mesh, tmp_path, SPOILED[defect]))
    assert not result.success
    assert not result.get_asset_materialization_events(), "no consumer starts on bad data"
    check = NOTICED_BY[defect]
    failed = {one.check_name: one for one in result.get_asset_check_evaluations() if not one.passed}
    assert failed[check].severity is dg.AssetCheckSeverity.ERROR
    shown = failed[check].metadata
    assert shown["owner"].value == "team:marketing"
    assert "finance/marketing_profitability" in str(shown["affected consumers"].value)
    assert store.current(PORT, major_version=1).version_id == before.version_id
    assert before.to_arrow().num_rows == before.row_count
    told = next(one for one in result.all_events if one.is_step_failure).step_failure_data
    assert told.user_failure_data is not None
    assert "the last good version stays" in str(told.user_failure_data.description)
    assert "jane.doe" not in str(told.user_failure_data.description)


def test_a_refusal_is_remembered_as_one_and_a_publication_too(ran_mesh: RanMesh, tmp_path: Path):
    warehouse = spoiled(ran_mesh, tmp_path, f"delete from {TABLE}")
    publish(ran_mesh, warehouse)
    (refused,) = Ledger(str(tmp_path / "ledger")).records(PORT)
    assert not refused.published
    assert refused.version_id is None
    assert {one.code for one in refused.verdicts if one.blocks} >= {"VOL-01", "TOT-01"}
    published = Ledger(str(ran_mesh.data_dir / "governance" / "ledger")).latest(PORT)
    current = ProductStore(str(ran_mesh.data_dir / "products")).current(PORT, major_version=1)
    assert published is not None
    assert published.version_id == current.version_id
    assert published.pack_digest == current.details["pack_digest"]
    assert current.details["contract"]["dataProduct"] == "campaign_performance"


def test_nothing_is_published_on_top_of_a_version_that_no_audit_knows(
    ran_mesh: RanMesh, tmp_path: Path
):
    """Somebody calls the store from a script; the next publication says so."""
    for name in ("products", "governance/ledger"):
        shutil.copytree(ran_mesh.data_dir / name, tmp_path / name)
    store = ProductStore(str(tmp_path / "products"))
    current = store.current(PORT, major_version=1)
    table = Path(current.files[0]).read_bytes()
    past = store.publish(PORT, major_version=1, table=table, details=current.details)
    result = dg.materialize(
        [product.asset()],
        resources={
            "warehouse": Warehouse(ran_mesh.data_dir / "warehouse" / "marketing.duckdb"),
            "product_store": store,
            "ledger": Ledger(str(tmp_path / "governance" / "ledger")),
        },
        instance=dg.DagsterInstance.ephemeral(),
        raise_on_error=False,
    )
    assert not result.success
    told = next(one for one in result.all_events if one.is_step_failure).step_failure_data
    assert told.user_failure_data is not None
    assert f"{past.version_id} was published by no audit" in str(told.user_failure_data.description)
