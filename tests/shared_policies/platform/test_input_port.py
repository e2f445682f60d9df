"""What a domain's own models see of another domain's product."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared_policies.platform.errors import Damaged, PermissionMissing
from shared_policies.platform.input_port import InputPort
from shared_policies.platform.product_store import ProductStore
from shared_policies.platform.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MASKS = {
    "sales": {},
    "stock": {"buyer_id": "hash", "value": "null", "note": "null"},
    "finance": {"buyer_id": "hash", "note": "null"},
    "everyone": {"value": "null", "note": "null"},
}


def opened(root: Path, role: str, *readers: str) -> InputPort:
    """Sales' orders, published for `readers`, as `role` gets them."""
    table = pa.table({"buyer_id": ["abc", None], "value": [1.5, 2.5], "note": ["a", "b"]})
    buffer = BytesIO()
    pq.write_table(table, buffer)
    access = {"team": "sales", "masks": {reader: MASKS[reader] for reader in readers}}
    store = ProductStore(str(root / "products"))
    store.publish(
        "sales/orders", major_version=1, table=buffer.getvalue(), details={"access": access}
    )
    return InputPort.open(store, "sales/orders", major_version=1, role=role)


def test_models_see_masked_columns_masked_in_the_type_they_had(tmp_path: Path):
    port = opened(tmp_path, "stock", "sales", "stock")
    warehouse = Warehouse(tmp_path / "stock.duckdb")
    warehouse.mount("sales/orders", port.version.files, port.masks)
    other = hashlib.sha256(b"abc").hexdigest()
    assert warehouse.rows("select * from sales.orders") == [
        {"buyer_id": other, "value": None, "note": None},
        {"buyer_id": None, "value": None, "note": None},
    ]
    assert dict(warehouse.columns("sales.orders")) == {
        "buyer_id": "VARCHAR",
        "value": "DOUBLE",
        "note": "VARCHAR",
    }


def test_the_owner_s_models_see_everything(tmp_path: Path):
    port = opened(tmp_path, "sales", "sales", "stock")
    assert port.to_arrow().to_pydict()["note"] == ["a", "b"]


def test_what_either_of_two_grants_shows_is_seen(tmp_path: Path):
    """Finance has its own grant, which shows values, and everyone's, which shows buyers."""
    assert opened(tmp_path, "finance", "finance", "everyone").masks == {"note": "null"}
    assert opened(tmp_path, "stranger", "finance", "everyone").masks == MASKS["everyone"]


def test_without_a_grant_nothing_is_opened(tmp_path: Path):
    with pytest.raises(PermissionMissing, match=r"its contract lets sales, stock.*Ask team sales"):
        opened(tmp_path, "finance", "sales", "stock")


@pytest.mark.parametrize(
    "damage", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:-9])]
)
def test_a_version_of_which_the_disk_lost_data_is_not_opened_and_says_what_to_materialise(
    tmp_path: Path, damage: Callable[[Path], None]
):
    opened(tmp_path, "sales", "sales")
    [data] = (tmp_path / "products").rglob("*.parquet")
    damage(data)
    store = ProductStore(str(tmp_path / "products"))
    with pytest.raises(Damaged, match="asset orders of the sales domain") as told:
        InputPort.open(store, "sales/orders", major_version=1, role="sales")
    assert told.value.source == "sales/orders"
