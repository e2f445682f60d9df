"""What each role reads of the products that a whole mesh published."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow.compute as pc
import pytest

from shared_policies import products
from shared_policies.platform.errors import PermissionMissing
from shared_policies.platform.input_port import InputPort
from shared_policies.platform.product_store import ProductStore
from tests.scenarios.mesh import ROOT

if TYPE_CHECKING:
    import pyarrow as pa

    from tests.scenarios.conftest import Knowledge, RanMesh

CONFIDENTIAL = {
    "client_id": "hash",
    "cost_reporting_micros": "null",
    "gross_profit_reporting_micros": "null",
}


def orders(known: Knowledge, role: str) -> InputPort:
    store = ProductStore(str(known.mesh.data_dir / "products"))
    return InputPort.open(store, "finance/orders", major_version=1, role=role)


def distinct(table: pa.Table, column: str) -> int:
    return len(set(table[column].to_pylist()))


def test_marketing_reads_orders_without_clients_and_profit_and_finance_all_of_them(
    first: Knowledge,
):
    ours, theirs = orders(first, "finance").to_arrow(), orders(first, "marketing").to_arrow()
    assert ours.column_names == theirs.column_names
    for name in ours.column_names:
        if name not in CONFIDENTIAL:
            assert ours[name].equals(theirs[name]), name
    assert theirs["gross_profit_reporting_micros"].null_count == theirs.num_rows
    assert theirs["cost_reporting_micros"].null_count == theirs.num_rows
    assert distinct(theirs, "client_id") == distinct(ours, "client_id") > 1
    assert not set(theirs["client_id"].to_pylist()) & set(ours["client_id"].to_pylist())
    assert json.loads(theirs.schema.metadata[b"masked"]) == CONFIDENTIAL
    assert json.loads(ours.schema.metadata[b"masked"]) == {}


def test_whoever_no_contract_names_reads_nothing_of_the_books(first: Knowledge):
    with pytest.raises(PermissionMissing, match="Ask team finance"):
        orders(first, "everyone")


def test_everyone_reads_campaigns_and_their_description_says_what_was_audited(
    ran_mesh: RanMesh, first: Knowledge
):
    version = first.versions["marketing/campaign_performance"]
    port = products.read("marketing/campaign_performance", version=1)
    described = products.describe("marketing/campaign_performance")
    assert port.to_arrow().num_rows == described.row_count
    assert described.row_count is not None
    assert described.row_count >= version.row_count
    assert described.last_verdict in {"PASS", "WARN", "NOT_APPLICABLE"}
    with duckdb.connect() as connection:
        spend = port.to_duckdb(connection).sum("spend_reporting_micros").fetchall()
    assert spend == [(pc.sum(port.to_arrow()["spend_reporting_micros"]).as_py(),)]
    listed = {one.product: one for one in products.available()}
    assert all(listed[product].published_at is not None for product in first.versions)


def test_the_guides_python_runs_as_it_stands(first: Knowledge, capsys: pytest.CaptureFixture[str]):
    guide = (ROOT / "docs" / "guides" / "read_a_product.md").read_text()
    names: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", guide, re.DOTALL):
        exec(block, names)  # noqa: S102  what a reader pastes
    rows = len(names["frame"])
    assert rows == names["table"].num_rows == len(names["relation"]) > 0
    assert set(first.versions) <= set(re.findall(r"^(\S+) ", capsys.readouterr().out, re.MULTILINE))
