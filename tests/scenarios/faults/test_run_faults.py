"""What a disk loses of a product is told to its readers, and a plain run publishes it again."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import dagster as dg
import pytest

from finance_domain.products.fx_rates import product
from shared_policies.governance.ledger import Ledger
from shared_policies.platform.product_store import ProductStore
from shared_policies.platform.warehouse import Warehouse
from tests.scenarios.faults.run_faults import PRODUCT_DAMAGED, RUN_FAULTS
from tests.scenarios.faults.run_trials import Reader, SmallMesh, contents

if TYPE_CHECKING:
    from pathlib import Path

    from tests.scenarios.conftest import RanMesh
    from tests.scenarios.faults.run_faults import RunFault

KEPT = ("products", "warehouse", "governance/ledger")


@pytest.fixture
def copied(ran_mesh: RanMesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in KEPT:
        shutil.copytree(ran_mesh.data_dir / name, tmp_path / name)
    monkeypatch.setenv("MESH_DATA_DIR", str(tmp_path))
    return tmp_path


# `make bench-faults` runs all of it in processes, which it kills.
@pytest.mark.parametrize("fault", PRODUCT_DAMAGED, ids=lambda fault: str(fault.name))
def test_a_plain_run_publishes_again_what_the_disk_lost(fault: RunFault, copied: Path):
    whole, reader = contents(), Reader()
    fault.strike(SmallMesh(copied, copied))
    reader.look()
    assert [*reader.seen, *reader.told], "a reader gets rows, or hears why not"
    assert all(rows == whole for rows in reader.seen)
    assert all(names_product_and_cure for names_product_and_cure in reader.told.values())
    result = dg.materialize(
        [product.asset()],
        resources={
            "warehouse": Warehouse(copied / "warehouse" / "finance.duckdb"),
            "product_store": ProductStore(str(copied / "products")),
            "ledger": Ledger(str(copied / "governance" / "ledger")),
        },
        instance=dg.DagsterInstance.ephemeral(),
    )
    assert result.success
    assert contents() == whole
    assert Ledger(str(copied / "governance" / "ledger")).verify() == []


def test_every_trouble_of_a_run_has_a_name_of_its_own():
    names = [one.name for one in RUN_FAULTS]
    assert len(names) == len(set(names))
