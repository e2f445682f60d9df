"""A candidate's lineage is traced once, and again when anything of it is another."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from dagster_dbt import DagsterDbtTranslator

from shared_policies.orchestration import dbt_lineage
from shared_policies.orchestration.dbt_lineage import LINEAGE, column_lineage

SALES, ORDERS = '"w"."candidates"."sales"', '"w"."staging"."orders"'
COLUMNS = {
    SALES: {"client": {"data_type": "VARCHAR"}, "revenue": {"data_type": "DOUBLE"}},
    ORDERS: {"client": {"data_type": "VARCHAR"}, "amount": {"data_type": "DOUBLE"}},
}
SQL = 'select client, sum(amount) as revenue from "w"."staging"."orders" group by client'


class Translator(DagsterDbtTranslator):
    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> Any:  # noqa: ANN401, ARG002
        node = manifest["nodes"][unique_id]
        return dg.AssetSpec([node["schema"], node["name"]])


class World:
    """A dbt run that has just ended, and what was traced before."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.target, self.kept = folder / "target", folder / "lineage"
        self.times = 0
        traced = dbt_lineage._build_column_lineage_metadata

        def counted(**how: Any) -> Any:  # noqa: ANN401
            self.times += 1
            return traced(**how)

        monkeypatch.setattr(dbt_lineage, "_build_column_lineage_metadata", counted)

    def lineage(self, sql: str = SQL, columns: Mapping[str, Any] = COLUMNS) -> Any:  # noqa: ANN401
        path = self.target / "compiled" / "mesh" / "sales.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(sql)
        nodes = {
            f"model.mesh.{name}": {
                "unique_id": f"model.mesh.{name}",
                "resource_type": "model",
                "package_name": "mesh",
                "original_file_path": f"{name}.sql",
                "name": name,
                "schema": schema,
                "relation_name": f'"w"."{schema}"."{name}"',
                "depends_on": {"nodes": reads},
            }
            for name, schema, reads in [
                ("sales", "candidates", ["model.mesh.orders"]),
                ("orders", "staging", []),
            ]
        }
        building = SimpleNamespace(
            manifest={"metadata": {"adapter_type": "duckdb"}, "nodes": nodes, "sources": {}},
            dagster_dbt_translator=Translator(),
            target_path=self.target,
            project=None,
        )
        found = column_lineage(building, nodes["model.mesh.sales"], columns, kept_in=self.kept)
        return found[LINEAGE].deps_by_column if found else None


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


def test_the_same_sql_is_traced_once(world: World):
    orders = dg.AssetKey(["staging", "orders"])
    expected = {
        "client": [dg.TableColumnDep(orders, "client")],
        "revenue": [dg.TableColumnDep(orders, "amount")],
    }
    assert world.lineage() == expected
    assert world.lineage() == expected
    assert world.times == 1


def test_other_sql_or_other_columns_are_traced_again(world: World):
    world.lineage()
    smallest = world.lineage(SQL.replace("sum(amount)", "min(client)"))
    assert [dep.column_name for dep in smallest["revenue"]] == ["client"]
    world.lineage(columns={**COLUMNS, ORDERS: {**COLUMNS[ORDERS], "day": {"data_type": "DATE"}}})
    assert world.times == 3


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
