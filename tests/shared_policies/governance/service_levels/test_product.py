"""The product governance/service_levels, published like every other."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest

from shared_policies.governance.ledger import Ledger
from shared_policies.governance.products.service_levels import product
from shared_policies.governance.products.service_levels.product import service_level_table
from shared_policies.governance.service_levels.states import level_states
from shared_policies.platform import days
from shared_policies.platform.product_store import ProductStore
from shared_policies.platform.warehouse import Warehouse
from tests.shared_policies.governance.service_levels.promises import (
    BERLIN,
    PRODUCT,
    audited,
    contract,
    utc,
)

if TYPE_CHECKING:
    from pathlib import Path

SPEND = contract(latency="PT9H", freshness="PT26H", completeness="0.9", target=0.9)
REPORT = contract("finance/report", upstream=["marketing/spend@1"], latency="PT12H", target=0.9)


def test_a_row_says_what_was_promised_and_what_came_of_it():
    states = level_states(
        [SPEND],
        [
            audited("2026-11-03 07:00", through="2026-11-02", complete_share=0.95),
            audited("2026-11-04 09:00", through="2026-11-03", complete_share=0.95),
        ],
        now=utc("2026-11-04 12:00"),
        since={PRODUCT: utc("2026-11-03 00:00")},
        time_zone=BERLIN,
    )
    rows = service_level_table(
        states, at=utc("2026-11-04 12:00"), time_zone=BERLIN, is_sandbox=False
    ).to_pylist()
    by_key: dict[tuple[str, str], dict[str, Any]] = {
        (row["level"], str(row["due_day"])): row for row in rows
    }
    assert len(by_key) == len(rows)
    late = by_key["latency", "2026-11-03"]
    assert late["standing"] == "missed"
    assert (late["measured"], late["promised"], late["unit"]) == (10.0, 9.0, "hours")
    assert late["budget_spent_share"] == pytest.approx(1 / 3)
    whole = by_key["completeness", "2026-11-02"]
    assert whole["standing"] == "kept"
    assert (whole["measured"], whole["promised"], whole["unit"]) == (0.95, 0.9, "share")
    assert whole["budget_spent_share"] == 0.0
    today = by_key["freshness", "2026-11-04"]
    assert (today["standing"], today["is_over"]) == ("pending", False)


def test_what_has_not_come_shows_how_long_it_has_taken_so_far():
    states = level_states(
        [SPEND],
        [],
        now=utc("2026-11-04 12:00"),
        since={PRODUCT: utc("2026-11-03 12:00")},
        time_zone=BERLIN,
    )
    table = service_level_table(
        states, at=utc("2026-11-04 12:00"), time_zone=BERLIN, is_sandbox=False
    )
    by_level = {row["level"]: row for row in table.to_pylist() if row["is_over"]}
    assert by_level["latency"]["measured"] == 13.0  # since midnight in Berlin, 23:00 UTC
    assert by_level["completeness"]["measured"] == 0.0


def test_it_passes_its_own_audit_day_after_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MESH_DATA_DIR", str(tmp_path))
    today = days.now()
    ledger = Ledger(str(tmp_path / "governance" / "ledger"))
    store = ProductStore(str(tmp_path / "products"))
    resources = {
        "ledger": ledger,
        "product_store": store,
        "warehouse": Warehouse(tmp_path / "warehouse" / "governance.duckdb"),
    }
    published = []
    for at in (today - timedelta(days=1), today):
        monkeypatch.setattr(days, "now", lambda at=at: at)
        for port in (PRODUCT, "finance/report"):
            yesterday = str((at - timedelta(days=1)).date())
            ledger.append(audited(f"{at:%Y-%m-%d %H:%M:%S}", port=port, through=yesterday))
        run = dg.materialize(
            product.assets(lambda: [SPEND, REPORT]), resources=resources, raise_on_error=False
        )
        assert run.success, ledger.records("governance/service_levels")[-1].verdicts
        published.append(store.current("governance/service_levels", major_version=1))
    assert len({one.version_id for one in published}) == 2
    frame = published[-1].to_pandas()
    assert set(frame["level"]) >= {"latency", "freshness", "activation_lag"}
    assert not frame.duplicated(["domain", "product", "level", "due_day"]).any()


def test_it_can_be_published_before_anything_was_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MESH_DATA_DIR", str(tmp_path))
    ledger = Ledger(str(tmp_path / "governance" / "ledger"))
    run = dg.materialize(
        product.assets(lambda: [SPEND, REPORT]),
        resources={
            "ledger": ledger,
            "product_store": ProductStore(str(tmp_path / "products")),
            "warehouse": Warehouse(tmp_path / "warehouse" / "governance.duckdb"),
        },
        raise_on_error=False,
    )
    assert run.success, ledger.records("governance/service_levels")[-1].verdicts
