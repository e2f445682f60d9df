"""Reading products without Dagster: what readers get, and what they are told instead."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_policies import products
from shared_policies.governance.contracts.access import masks_by_role
from shared_policies.governance.contracts.loading import contract_of
from shared_policies.platform.errors import (
    NotPublished,
    PermissionMissing,
    UnknownProduct,
    Withdrawn,
)
from shared_policies.platform.input_port import InputPort
from shared_policies.platform.product_store import ProductStore
from tests.shared_policies.governance.promised import (
    VALUE,
    column,
    columns,
    document,
    granting,
    level,
)

if TYPE_CHECKING:
    from pathlib import Path

    from shared_policies.platform.product_store import PublishedVersion

ANN, BEN = "a" * 64, "b" * 64
ORDERS = {
    "order_day": pa.array([date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 2)]),
    "value_micros": pa.array([10, 20, 30], pa.int64()),
    "buyer_id": pa.array([ANN, BEN, ANN]),
    "price": pa.array([Decimal("1.50"), None, Decimal("2.25")], pa.decimal128(9, 2)),
}


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProductStore:
    """An empty installation's."""
    monkeypatch.setenv("MESH_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("MESH_DATA_URL", raising=False)
    return ProductStore(str(tmp_path / "products"))


def publish(
    store: ProductStore, table: dict[str, pa.Array] | None = None, **top: object
) -> PublishedVersion:
    """Sales' orders as a publication leaves them: value and buyer confidential."""
    roles = granting("stock", finance="confidential")
    text: dict[str, Any] = {**document(), "roles": roles, **top}
    columns(text)[VALUE]["classification"] = "confidential"
    buyer = column("buyer_id", "varchar", "string", "id", custom={"personalData": "hashed"})
    columns(text).append({**buyer, "classification": "confidential"})
    contract = contract_of(text)
    buffer = BytesIO()
    pq.write_table(pa.table(table or ORDERS), buffer)
    access = {"team": contract.team, "masks": masks_by_role(contract)}
    return store.publish(
        contract.port,
        major_version=contract.major_version,
        table=buffer.getvalue(),
        details={"contract": contract.text, "access": access, "sandbox": True},
    )


def test_a_reader_gets_the_same_rows_as_arrow_pandas_and_duckdb(store: ProductStore):
    publish(store)
    port = products.read("sales/orders", version=1, role="finance")
    assert port.to_arrow().to_pydict() == pa.table(ORDERS).to_pydict()
    assert list(port.to_pandas(["value_micros"])["value_micros"]) == [10, 20, 30]
    with duckdb.connect() as connection:
        orders = port.to_duckdb(connection)
        assert orders.sum("value_micros").fetchall() == [(60,)]


def test_duckdb_finds_a_port_by_its_python_name(store: ProductStore):
    publish(store)
    orders = products.read("sales/orders", version=1, role="finance").to_duckdb()
    found = duckdb.sql("select max(order_day) from orders").fetchall()
    assert orders.columns == list(ORDERS)
    assert found == [(date(2026, 3, 2),)]


def test_a_role_without_the_clearance_reads_masks_and_is_told_so(store: ProductStore):
    """What is a hash stays joinable among those who see the mask; the rest is empty."""
    version = publish(store)
    table = products.read("sales/orders", version=1, role="stock").to_arrow()
    other_ann = hashlib.sha256(ANN.encode()).hexdigest()
    other_ben = hashlib.sha256(BEN.encode()).hexdigest()
    assert table["buyer_id"].to_pylist() == [other_ann, other_ben, other_ann]
    assert table["value_micros"].to_pylist() == [None, None, None]
    assert table["value_micros"].type == pa.int64()
    assert table["order_day"].to_pylist() == ORDERS["order_day"].to_pylist()
    facts = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    assert (facts["role"], facts["version"]) == ("stock", version.version_id)
    assert json.loads(facts["masked"]) == {"buyer_id": "hash", "value_micros": "null"}
    frame = products.read("sales/orders", version=1, role="stock").to_pandas()
    assert json.loads(frame.attrs["masked"]) == {"buyer_id": "hash", "value_micros": "null"}


@settings(deadline=None, max_examples=20)  # each writes a file and opens DuckDB
@given(
    values=st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=1),
    texts=st.data(),
    masks=st.fixed_dictionaries(
        {}, optional={"v": st.just("null"), "t": st.sampled_from(["hash", "null"])}
    ),
)
def test_a_mask_is_the_same_in_arrow_and_in_duckdb(
    tmp_path_factory: pytest.TempPathFactory,
    values: list[int | None],
    texts: st.DataObject,
    masks: dict[str, Any],
):
    strings = texts.draw(
        st.lists(st.none() | st.text(), min_size=len(values), max_size=len(values))
    )
    table = {"v": pa.array(values, pa.int64()), "t": pa.array(strings, pa.string())}
    store = ProductStore(str(tmp_path_factory.mktemp("store")))
    port = InputPort(version=publish(store, table), role="stock", masks=masks)
    with duckdb.connect() as connection:
        ours = port.to_duckdb(connection).to_arrow_table()
    theirs = port.to_arrow()
    assert ours.to_pydict() == theirs.to_pydict()
    assert [field.type for field in ours.schema] == [field.type for field in theirs.schema]


def test_a_role_that_the_contract_does_not_name_is_told_whom_to_ask(store: ProductStore):
    publish(store)
    with pytest.raises(PermissionMissing) as refused:
        products.read("sales/orders", version=1)
    for said in ("the role everyone may not", "finance, sales, stock", "Ask team sales"):
        assert said in str(refused.value)


def test_a_version_that_does_not_say_who_may_read_it_is_read_by_nobody(store: ProductStore):
    version = publish(store)
    published = store.files.read(version.files[0].removeprefix(f"{store.root_url}/"))
    details = {name: value for name, value in version.details.items() if name != "access"}
    store.publish("sales/orders", major_version=1, table=published, details=details)
    with pytest.raises(PermissionMissing, match="without saying whom"):
        products.read("sales/orders", version=1, role="finance")


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("marketing/campaign_performence", "Did you mean marketing/campaign_performance"),
        ("finance/order", "finance/orders"),
        ("zzz", "There are finance/ad_invoice_reconciliation, "),
    ],
)
def test_an_unknown_product_is_answered_with_those_called_nearly_so(asked: str, near: str):
    with pytest.raises(UnknownProduct) as refused:
        products.read(asked, version=1)
    assert near in str(refused.value)


def test_a_product_that_was_never_published_says_what_to_materialise():
    with pytest.raises(NotPublished, match="Materialise the asset orders of the finance domain"):
        products.read("finance/orders", version=1)


def test_a_version_that_is_not_published_is_answered_with_those_that_are(store: ProductStore):
    publish(store)
    publish(store, version="2.0.0")
    with pytest.raises(NotPublished, match=r"version 3 is not published.*Read version 1 or 2"):
        products.read("sales/orders", version=3, role="finance")


def test_a_version_whose_support_ended_is_withdrawn_and_names_the_next(store: ProductStore):
    ends = [*document()["slaProperties"], level("endOfSupport", "2026-03-01", None)]
    publish(store, status="deprecated", slaProperties=ends)
    publish(store, version="2.0.0")
    with pytest.raises(Withdrawn, match=r"version 1 ended on 2026-03-01.*Read version 2\."):
        products.read("sales/orders", version=1, role="finance")
    assert products.read("sales/orders", version=2, role="finance").to_arrow().num_rows == 3


def test_a_version_that_is_retired_without_a_follower_says_whom_to_ask(store: ProductStore):
    publish(store, status="retired")
    with pytest.raises(Withdrawn, match="Ask team sales what follows"):
        products.read("sales/orders", version=1, role="finance")


def test_a_version_that_vanished_after_it_was_opened_says_to_read_again(store: ProductStore):
    publish(store)
    port = products.read("sales/orders", version=1, role="finance")
    store.files.delete_folder("sales/orders/v1/versions")
    with pytest.raises(Withdrawn, match="Read the product again"):
        port.to_arrow()
    with duckdb.connect() as connection, pytest.raises(Withdrawn, match="Read the product again"):
        port.to_duckdb(connection)


def test_all_products_are_listed_whether_installed_or_only_published(store: ProductStore):
    publish(store)
    found = {one.product: one for one in products.available()}
    assert {"finance/orders", "marketing/campaign_performance", "sales/orders"} <= found.keys()
    assert found["finance/orders"].published_at is None
    assert found["finance/orders"].readers == ("finance", "marketing")
    assert found["sales/orders"].row_count == 3


def test_a_description_says_who_owns_it_and_what_is_promised(store: ProductStore):
    version = publish(store)
    found = products.describe("sales/orders")
    assert found.published_at == version.published_at
    assert found.versions == (1,)
    assert found.service_levels["latency"] == "9 hours"
    assert found.last_verdict is None
    told = str(found)
    for said in ("1.2.3, active", "team sales", "finance, sales, stock", "freshness 1 day 2 hours"):
        assert said in told
