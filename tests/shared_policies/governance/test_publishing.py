"""What a candidate is compared with, when the disk has lost a part of what was published."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared_policies.governance.contracts.loading import load_contract
from shared_policies.governance.ledger import AuditRecord, Ledger
from shared_policies.governance.publishing import last_published
from shared_policies.platform.product_store import ProductStore

if TYPE_CHECKING:
    from collections.abc import Callable

CONTRACT = load_contract(
    Path(__file__).parents[3] / "finance_domain/products/fx_rates/contract.odcs.yaml"
)
SERIES = f"products/{CONTRACT.port}/v{CONTRACT.major_version}"


@pytest.fixture
def store(tmp_path: Path) -> ProductStore:
    return ProductStore(str(tmp_path / "products"))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(str(tmp_path / "ledger"))


def publish(store: ProductStore, ledger: Ledger | None, value: int) -> str:
    """Without a ledger, past the audit. Returns the version's id."""
    buffer = BytesIO()
    pq.write_table(pa.table({"value": [value]}), buffer)
    version = store.publish(
        CONTRACT.port, major_version=CONTRACT.major_version, table=buffer.getvalue(), details={}
    )
    if ledger is not None:
        ledger.append(
            AuditRecord(
                port=CONTRACT.port,
                domain=CONTRACT.domain,
                at=datetime(2026, 11, 5, tzinfo=UTC),
                run_id="run",
                contract_version=CONTRACT.version,
                contract_digest="",
                pack_digest="",
                published=True,
                version_id=version.version_id,
                covered_through=None,
                complete_share=None,
                row_count=1,
                previous_row_count=None,
                verdicts=(),
            )
        )
    return version.version_id


@pytest.mark.parametrize(
    "damage",
    [
        lambda series, _: (series / "current.json").unlink(),
        lambda series, _: (series / "current.json").write_text("{"),
        lambda series, newest: (series / "versions" / newest / "manifest.json").unlink(),
        lambda series, newest: (series / "versions" / newest / "data/part-0.parquet").unlink(),
        lambda series, newest: (series / "versions" / newest / "data/part-0.parquet").write_bytes(
            b"PAR1"
        ),
    ],
    ids=["no pointer", "pointer cut", "no manifest", "no data", "data cut"],
)
def test_a_lost_file_does_not_make_the_audit_forget_what_was_published(
    store: ProductStore, ledger: Ledger, tmp_path: Path, damage: Callable[[Path, str], None]
):
    published = [publish(store, ledger, value) for value in range(2)]
    damage(tmp_path / SERIES, published[-1])
    found = last_published(store, CONTRACT, ledger)
    assert found is not None
    assert found.version_id in published
    assert found.to_arrow().num_rows == 1


def test_what_no_audit_published_does_not_take_the_place_of_what_was_lost(
    store: ProductStore, ledger: Ledger, tmp_path: Path
):
    audited = publish(store, ledger, 1)
    publish(store, None, 2)
    (tmp_path / SERIES / "current.json").unlink()
    found = last_published(store, CONTRACT, ledger)
    assert found is not None
    assert found.version_id == audited


def test_where_nothing_is_left_there_is_nothing_to_compare_with(
    store: ProductStore, ledger: Ledger, tmp_path: Path
):
    assert last_published(store, CONTRACT, ledger) is None
    newest = publish(store, ledger, 1)
    manifest = tmp_path / SERIES / "versions" / newest / "manifest.json"
    assert json.loads(manifest.read_bytes())["version_id"] == newest
    (tmp_path / SERIES / "versions" / newest / "data/part-0.parquet").unlink()
    assert last_published(store, CONTRACT, ledger) is None
