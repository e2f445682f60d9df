"""What readers of a product get."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared_policies.platform.errors import Damaged, NotPublished
from shared_policies.platform.file_store import FileStore
from shared_policies.platform.product_store import ProductStore

if TYPE_CHECKING:
    from pathlib import Path


def parquet(*values: int) -> bytes:
    buffer = BytesIO()
    pq.write_table(pa.table({"value": pa.array(values, pa.int64())}), buffer)
    return buffer.getvalue()


def publish(store: ProductStore, *values: int) -> str:
    version = store.publish(
        "sales/orders", major_version=1, table=parquet(*values), details={"sandbox": True}
    )
    return version.version_id


def test_a_product_that_was_never_published_says_what_to_materialise(tmp_path: Path):
    with pytest.raises(NotPublished, match="asset orders of the sales domain"):
        ProductStore(str(tmp_path)).current("sales/orders", major_version=1)


def test_readers_get_the_newest_version_as_arrow_and_pandas(tmp_path: Path):
    store = ProductStore(str(tmp_path))
    publish(store, 1)
    publish(store, 2, 3)
    current = store.current("sales/orders", major_version=1)
    assert current.to_arrow().to_pydict() == {"value": [2, 3]}
    assert list(current.to_pandas()["value"]) == [2, 3]
    assert current.row_count == 2
    assert current.details == {"sandbox": True}


def test_a_version_that_was_opened_stays_readable_after_the_next(tmp_path: Path):
    store = ProductStore(str(tmp_path))
    publish(store, 1)
    opened = store.current("sales/orders", major_version=1)
    for value in range(10):
        publish(store, value)
    assert opened.to_arrow().to_pydict() == {"value": [1]}


def test_old_versions_are_forgotten_after_an_hour(tmp_path: Path):
    clock = [datetime(2026, 3, 1, tzinfo=UTC)]
    store = ProductStore(str(tmp_path), now=lambda: clock[0])
    for value in range(8):
        clock[0] += timedelta(hours=2)
        publish(store, value)
    assert len(FileStore(str(tmp_path)).names("sales/orders/v1/versions")) == 5


@pytest.mark.parametrize("interrupted_at", ["data/part-0.parquet", "manifest.json", "current.json"])
def test_a_publish_that_is_interrupted_leaves_the_last_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interrupted_at: str
):
    store = ProductStore(str(tmp_path))
    publish(store, 1)
    write = FileStore.write

    def interrupted(self: FileStore, path: str, content: bytes) -> None:
        if path.endswith(interrupted_at):
            raise KeyboardInterrupt
        write(self, path, content)

    monkeypatch.setattr(FileStore, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        publish(store, 2)
    assert store.current("sales/orders", major_version=1).to_arrow().to_pydict() == {"value": [1]}


@pytest.mark.parametrize("content", ["", '{"product": "sales/or', "{}", "[]"])
def test_a_pointer_that_was_cut_says_what_to_materialise(tmp_path: Path, content: str):
    store = ProductStore(str(tmp_path))
    publish(store, 1)
    (tmp_path / "sales/orders/v1/current.json").write_text(content)
    with pytest.raises(Damaged, match=r"current\.json.*asset orders of the sales domain") as told:
        store.current("sales/orders", major_version=1)
    assert told.value.source == "sales/orders"
    publish(store, 2)
    assert store.current("sales/orders", major_version=1).to_arrow().to_pydict() == {"value": [2]}


def test_versions_that_lost_something_are_not_among_those_that_are_kept(tmp_path: Path):
    store = ProductStore(str(tmp_path))
    whole, cut, without_manifest, gone = (publish(store, value) for value in range(4))
    versions = tmp_path / "sales/orders/v1/versions"
    data = versions / cut / "data/part-0.parquet"
    data.write_bytes(data.read_bytes()[:-20])
    (versions / without_manifest / "manifest.json").unlink()
    (versions / gone / "data/part-0.parquet").unlink()
    kept = store.kept("sales/orders", major_version=1)
    assert [one.version_id for one in kept] == [whole]
