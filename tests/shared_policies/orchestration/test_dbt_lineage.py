"""A candidate's lineage is traced once, and again when anything of it is another."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from shared_policies.orchestration import dbt_lineage
from shared_policies.orchestration.dbt_lineage import LINEAGE, column_lineage
from shared_policies.orchestration.dbt_specs import Manifest

COLUMNS = {
    "candidates.sales": {"client": "VARCHAR", "revenue": "DOUBLE", "note": "VARCHAR"},
    "staging.orders": {"client": "VARCHAR", "amount": "DOUBLE"},
}
SQL = (
    'select client, sum(amount) as revenue, null as note from "w"."staging"."orders"'
    " group by client"
)
SALES, ORDERS = "model.mesh.sales", "model.mesh.orders"


def node(name: str, folder: str, schema: str, reads: list[str]) -> dict[str, Any]:
    return {
        "resource_type": "model",
        "package_name": "mesh",
        "original_file_path": f"{name}.sql",
        "fqn": ["mesh", folder, name],
        "name": name,
        "alias": name,
        "database": "w",
        "schema": schema,
        "depends_on": {"nodes": reads},
    }


class World:
    """A build that has just ended, and what was traced before."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.compiled, self.kept = folder / "compiled", folder / "lineage"
        self.times = 0
        nodes = {
            SALES: node("sales", "products", "candidates", [ORDERS]),
            ORDERS: node("orders", "staging", "staging", []),
        }
        self.manifest = Manifest("shop", {"nodes": nodes, "sources": {}})
        traced = dbt_lineage.Query.traced

        def counted(query: dbt_lineage.Query) -> dg.TableColumnLineage:
            self.times += 1
            return traced(query)

        monkeypatch.setattr(dbt_lineage.Query, "traced", counted)

    def lineage(self, sql: str = SQL, columns: Mapping[str, Any] = COLUMNS) -> Any:  # noqa: ANN401
        path = self.compiled / "mesh" / "sales.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sql)
        found = column_lineage(
            self.manifest, SALES, columns, compiled=self.compiled, kept_in=self.kept
        )
        return found[LINEAGE].deps_by_column if found else None


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


def test_the_same_sql_is_traced_once(world: World):
    orders = dg.AssetKey(["shop", "staging", "orders"])
    expected = {
        "client": [dg.TableColumnDep(orders, "client")],
        "revenue": [dg.TableColumnDep(orders, "amount")],
        "note": [],
    }
    assert world.lineage() == expected
    assert world.lineage() == expected
    assert world.times == 1


def test_other_sql_or_other_columns_are_traced_again(world: World):
    world.lineage()
    smallest = world.lineage(SQL.replace("sum(amount)", "min(client)"))
    assert [dep.column_name for dep in smallest["revenue"]] == ["client"]
    orders = {**COLUMNS["staging.orders"], "day": "DATE"}
    world.lineage(columns={**COLUMNS, "staging.orders": orders})
    assert world.times == 3


def test_a_column_that_the_sql_does_not_name_comes_from_none(world: World):
    sales = {**COLUMNS["candidates.sales"], "built_at": "TIMESTAMP"}
    found = world.lineage(columns={**COLUMNS, "candidates.sales": sales})
    assert found["built_at"] == []


def test_what_was_damaged_is_traced_again(world: World):
    before = world.lineage()
    [kept] = world.kept.iterdir()
    for damage in (b"", b"[1]", b"{", json.dumps({"made_of": "another"}).encode()):
        kept.write_bytes(damage)
        assert world.lineage() == before
    assert world.times == 5


def test_what_cannot_be_traced_is_told_and_stops_nothing(
    world: World, caplog: pytest.LogCaptureFixture
):
    assert world.lineage("select from where") is None
    assert [record.message for record in caplog.records if "sales" in record.message]
    assert world.lineage() is not None, "and nothing of it stays"
