"""What whoever runs the mesh rehearses before it is needed: a restore, an upgrade, its log."""

from __future__ import annotations

import json
import shutil
import warnings
from contextlib import redirect_stderr
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import dagster as dg
import duckdb
import pytest

from finance_domain.products.fx_rates import product
from shared_policies.governance.ledger import mesh_ledger
from shared_policies.orchestration import dbt_project
from shared_policies.orchestration.dbt_project import DBT_PROJECT, Dbt
from shared_policies.platform.company import data_settings
from shared_policies.platform.days import DayRange, now
from shared_policies.platform.file_store import FileStore
from shared_policies.platform.landing_compaction import compact_landing
from shared_policies.platform.product_store import ProductStore, PublishedVersion
from shared_policies.platform.warehouse import Warehouse
from tests.conftest import NOW
from tests.sandbox.process import running_sandbox
from tests.scenarios.one_product import land, publish

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pyarrow as pa

PORT = "finance/fx_rates"
DAYS = DayRange(start=date(2026, 10, 20), end=date(2026, 11, 5))
# As docs/guides/go_to_production.md says.
BACKED_UP = ("landing", "products", "governance", "privacy.key")
CHANGED, UNCHANGED = "stg_ecb__reference_rate", "stg_ecb__pulls"


@dataclass(frozen=True)
class Standby:
    """A mesh that was lost but for its backup, restored, and published again.

    `restored` is what its readers got before that, `lines` what the publication told. `project`
    is a dbt project of its own.
    """

    project: Path
    before: pa.Table
    restored: pa.Table
    again: PublishedVersion
    lines: list[dict[str, Any]]


@pytest.fixture(scope="module")
def standby(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standby]:
    """Nothing but what is backed up is there: no warehouse, no run history."""
    folder = tmp_path_factory.mktemp("operations")
    project = folder / "dbt_project"
    shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    with (
        running_sandbox(world="small", as_of=NOW, ledger=False) as sandbox,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(dbt_project, "DBT_PROJECT", project)
        patch.setenv("MESH_DATA_DIR", str(folder / "data"))
        patch.setenv("SANDBOX_HTTP_URL", sandbox.http_url)
        patch.delenv("ECB_RATES_URL", raising=False)
        land("finance", source="ecb", stream="reference_rate", days=DAYS)
        before = publish(PORT).to_arrow()
        (folder / "data").rename(folder / "lost")
        _restore(folder / "lost", folder / "data")
        patch.setenv("MESH_LOG_FORMAT", "json")
        read = ProductStore(data_settings().products_url).current(PORT, major_version=1)
        restored = read.to_arrow()
        with redirect_stderr(StringIO()) as told:
            again = publish(PORT)
        yield Standby(project, before, restored, again, _lines(told.getvalue()))


def _restore(source: Path, target: Path) -> None:
    target.mkdir()
    for name in BACKED_UP:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name)
        elif (source / name).exists():
            shutil.copy(source / name, target / name)


def _lines(told: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in told.splitlines() if line.startswith("{")]


def rows(table: pa.Table) -> list[dict[str, Any]]:
    by = [(name, "ascending") for name in ("rate_date", "from_currency", "to_currency")]
    return list(table.sort_by(by).to_pylist())


def in_warehouse(sql: str) -> list[tuple[Any, ...]]:
    """`sql` over finance's warehouse, which nobody has open between runs."""
    with duckdb.connect(str(data_settings().warehouse_path("finance"))) as opened:
        return list(opened.execute(sql).fetchall())


def test_from_a_backup_readers_read_at_once_and_the_next_publication_is_the_same(standby: Standby):
    assert len(rows(standby.before)) > 0
    assert rows(standby.restored) == rows(standby.before)
    assert rows(standby.again.to_arrow()) == rows(standby.before)
    assert mesh_ledger().verify() == []
    published = [one for one in mesh_ledger().records(PORT) if one.published]
    assert [one.sequence for one in published] == [1, 2]


def test_a_lost_warehouse_is_built_again_the_same_from_months_that_were_put_together(
    standby: Standby, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shutil.copytree(standby.project.parent / "lost", tmp_path / "data")
    monkeypatch.setenv("MESH_DATA_DIR", str(tmp_path / "data"))
    landing = FileStore(data_settings().landing_url)
    before = built()
    for days in (70, 72):
        compact_landing(landing, at=now() + timedelta(days=days))
    left = {name.partition("=")[0] for name in landing.names("ecb/reference_rate")}
    assert left == {"_schema.parquet", "pulled_in"}, "nothing but months is left"
    data_settings().warehouse_path("finance").unlink()
    assert rows(publish(PORT).to_arrow()) == rows(standby.before)
    # A column that another test gave a model is no part of what was lost.
    assert built(before) == before


def built(known: Mapping[str, Mapping[str, Any]] | None = None) -> dict[str, dict[str, Any]]:
    """Every table of finance's warehouse that rates are made of: its rows by column, in order.

    Of those in `known`, only the columns that it has.
    """
    found = {}
    tables = in_warehouse(
        "select schema_name || '.' || table_name from duckdb_tables()"
        " where schema_name in ('staging', 'intermediate', 'candidates') order by all"
    )
    for (table,) in tables:
        columns = ", ".join((known or {}).get(table, {"columns": ["*"]})["columns"])
        with duckdb.connect(str(data_settings().warehouse_path("finance"))) as opened:
            answer = opened.execute(f"select {columns} from {table} order by all")
            names = [one[0] for one in answer.description or ()]
            found[table] = {"columns": names, "rows": answer.fetchall()}
    return found


def test_a_model_that_gained_a_column_has_it_for_every_day_after_the_next_build(standby: Standby):
    [(count,)] = in_warehouse(f"select count(*) from staging.{CHANGED}")
    # No pull says so: it is there for as long as the table is only added to.
    in_warehouse(
        f"insert into staging.{UNCHANGED} select * replace ('mark' as account_id)"
        f" from staging.{UNCHANGED} limit 1"
    )
    model = standby.project / "models" / "finance" / "staging" / f"{CHANGED}.sql"
    column = "units_per_eur,"
    changed = model.read_text().replace(column, f"{column} 2 * units_per_eur as doubled,", 1)
    model.write_text(changed)
    selected = (CHANGED, UNCHANGED)
    list(
        Dbt("finance").run(["build", "--select", *selected], target_path=standby.project / "target")
    )
    filled = in_warehouse(
        f"select count(*) from staging.{CHANGED} where doubled = 2 * units_per_eur"
    )
    assert filled == [(count,)]
    assert count > 0
    marked = in_warehouse(f"select count(*) from staging.{UNCHANGED} where account_id = 'mark'")
    assert marked == [(1,)], "what did not change is not built anew"


def test_a_publication_is_a_line_for_a_log_collector(standby: Standby):
    [line] = [one for one in standby.lines if one["event"] == "published"]
    assert (line["product"], line["version"]) == (PORT, standby.again.version_id)
    assert line["rows"] == standby.before.num_rows
    assert line["blocking"] == []


def test_a_refusal_is_a_line_that_names_what_blocks(standby: Standby):
    in_warehouse("delete from candidates.fx_rates")
    with warnings.catch_warnings(), redirect_stderr(StringIO()) as told:
        warnings.simplefilter("ignore")
        refused = dg.materialize(
            [product.asset()],
            resources={
                "warehouse": Warehouse(data_settings().warehouse_path("finance")),
                "product_store": ProductStore(data_settings().products_url),
                "ledger": mesh_ledger(),
            },
            instance=dg.DagsterInstance.ephemeral(),
            raise_on_error=False,
        )
    [line] = _lines(told.getvalue())
    assert (line["event"], line["level"], line["run_id"]) == ("refused", "ERROR", refused.run_id)
    assert "VOL-01" in line["blocking"]
