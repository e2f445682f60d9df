"""Dbt in its own process, on a small project: what it says, what it leaves, how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import duckdb
import pytest

from shared_policies.orchestration import dbt_project
from shared_policies.orchestration.dbt_project import STAMP, Dbt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROJECT = {
    "dbt_project.yml": """
name: mesh
profile: mesh
model-paths: [models/finance]
flags: {send_anonymous_usage_stats: false}
""",
    "profiles.yml": """
mesh:
  target: warehouse
  outputs:
    warehouse:
      type: duckdb
      path: "{{ var('data_dir') }}/finance.duckdb"
""",
    "models/finance/rates.sql": "{{ config(materialized='table') }} select 1 as id, 2.5 as rate",
    "models/finance/slow.sql": (
        "{{ config(materialized='table') }}"
        " select count(*) as n from range(100000) a, range(10000000) b where a.range < b.range"
    ),
    "models/finance/wrong.sql": "select no_such_column from {{ ref('rates') }}",
    "models/finance/_models.yml": """
models:
  - name: rates
    columns:
      - {name: id, data_tests: [unique, {accepted_values: {arguments: {values: [3]}}}]}
""",
}


class World:
    """A project, and processes that are told of it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.dbt = folder, Dbt("finance")
        for name, text in PROJECT.items():
            (folder / "project" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "project" / name).write_text(text)

    def write(self, model: str, sql: str) -> Path:
        path = self.folder / "project" / "models" / "finance" / f"{model}.sql"
        path.write_text(sql)
        return path

    def sql(self) -> str:
        return str(self.dbt.manifest()["nodes"]["model.mesh.rates"]["raw_code"])

    def build(self, *selected: str) -> Mapping[str, Any]:
        """What became of each node."""
        command = ["build", "--select", *selected]
        ended = self.dbt.run(command, target_path=self.folder / "target")
        return {node.unique_id.split(".")[2]: node for node in ended}

    def rows(self, table: str) -> list[Any]:
        with duckdb.connect(str(self.folder / "data" / "finance.duckdb")) as connection:
            return connection.execute(f"from {table}").fetchall()

    def process(self) -> subprocess.Popen[str]:
        return dbt_project._processes["finance"].start()


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Its process stays up for all tests that do not end it."""
    folder = tmp_path_factory.mktemp("dbt")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dbt_project, "DBT_PROJECT", folder / "project")
        patched.setattr(dbt_project, "_processes", {})
        patched.setenv("MESH_DATA_DIR", str(folder / "data"))
        yield World(folder)
        dbt_project.stop()


@pytest.fixture
def world(started: World) -> World:
    for name, text in PROJECT.items():
        (started.folder / "project" / name).write_text(text)
    return started


def wait_until(condition: Any, seconds: float = 30) -> None:  # noqa: ANN401  a question
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "in vain"
        time.sleep(0.05)


def test_what_was_built_is_told_node_by_node_and_the_warehouse_is_free_afterwards(world: World):
    ended = world.build("rates", "--exclude", "accepted_values_rates_id__3")
    assert {name: node.status for name, node in ended.items()} == {
        "rates": "success",
        "unique_rates_id": "pass",
    }
    assert ended["rates"].columns == {"id": "INTEGER", "rate": "DECIMAL(2,1)"}
    assert world.rows("rates") == [(1, 2.5)]


def test_one_process_serves_one_command_after_the_other(world: World):
    world.build("rates", "--exclude", "accepted_values_rates_id__3")
    first = world.process().pid
    world.build("rates", "--exclude", "accepted_values_rates_id__3")
    assert world.process().pid == first


def test_a_failure_comes_after_what_ended_and_says_what_dbt_said(world: World):
    ended = []
    with pytest.raises(dg.Failure, match="accepted_values_rates_id__3"):
        ended.extend(world.dbt.run(["build", "--exclude", "slow"], target_path=world.folder))
    assert {(node.unique_id.split(".")[2], node.status, node.failures) for node in ended} == {
        ("rates", "success", 0),
        ("unique_rates_id", "pass", 0),
        ("accepted_values_rates_id__3", "fail", 1),
    }, "and nothing of what was skipped"


def test_a_model_that_fails_is_told_with_the_database_s_words(world: World):
    with pytest.raises(dg.Failure, match="no_such_column"):
        world.build("rates", "wrong", "--exclude", "accepted_values_rates_id__3")


def test_a_project_that_cannot_be_parsed_names_its_file(world: World):
    world.write("rates", "select {% if %}")
    with pytest.raises(dg.Failure, match=r"rates\.sql"):
        world.dbt.manifest()


def test_a_release_whose_files_are_older_than_the_parsed_ones_is_parsed(world: World):
    world.dbt.manifest()
    os.utime(world.write("rates", "select 3 as id"), (0, 0))
    assert world.sql() == "select 3 as id"


def test_a_parse_that_was_killed_is_done_again(world: World):
    world.dbt.manifest()
    world.write("rates", "select 4 as id")
    world.dbt.start()
    killed = world.process()
    # It is reading the project: the stamp of what was read before is gone.
    wait_until(lambda: not (world.dbt.target_path / STAMP).exists())
    killed.kill()
    (world.dbt.target_path / "manifest.json").write_text('{"nodes": {')
    assert world.sql() == "select 4 as id"


@pytest.mark.parametrize("damage", ["not msgpack", None])
def test_a_parsed_project_that_cannot_be_read_is_parsed_again(world: World, damage: str | None):
    world.dbt.manifest()
    dbt_project.stop()
    parsed = world.dbt.target_path / "partial_parse.msgpack"
    if damage is None:
        parsed.unlink()
    else:
        parsed.write_text(damage)
    ended = world.build("rates", "--exclude", "accepted_values_rates_id__3")
    assert ended["rates"].status == "success"


def test_two_meshes_of_one_checkout_do_not_parse_over_each_other(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    world.dbt.manifest()
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("MESH_DATA_DIR", str(tmp_path))
        world.dbt.manifest()
        assert (tmp_path / "dbt" / "finance" / STAMP).exists()
    before = (world.dbt.target_path / STAMP).stat().st_mtime_ns
    world.dbt.manifest()
    assert (world.dbt.target_path / STAMP).stat().st_mtime_ns == before


def test_a_killed_process_is_told_and_the_next_run_has_another(world: World):
    building = world.dbt.run(["build", "--select", "rates", "slow"], target_path=world.folder)
    next(building)
    world.process().kill()
    with pytest.raises(dg.Failure, match="no memory left"):
        list(building)
    assert world.build("rates", "--exclude", "accepted_values_rates_id__3")["rates"]


def test_a_run_that_is_given_up_leaves_no_dbt_behind(world: World):
    building = world.dbt.run(["build", "--select", "rates", "slow"], target_path=world.folder)
    next(building)
    process = world.process()
    building.close()
    assert process.poll() is not None
    assert world.rows("rates")


def test_one_that_has_nothing_to_do_ends_and_is_started_again(
    world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(dbt_project, "IDLE_SECONDS", 0.1)
    world.dbt.manifest()
    world.dbt.start()
    idle = world.process()
    assert idle.wait(timeout=30) == 0
    assert world.build("rates", "--exclude", "accepted_values_rates_id__3")["rates"]


BUILDING = """
import sys, pathlib
from shared_policies.orchestration import dbt_project
dbt_project.DBT_PROJECT = pathlib.Path(sys.argv[1]) / "project"
building = dbt_project.Dbt("finance").run(
    ["build", "--select", "rates", "slow"], target_path=pathlib.Path(sys.argv[1])
)
next(building)
print(dbt_project._processes["finance"].start().pid, flush=True)
list(building)
"""


def test_dbt_ends_with_the_run_that_was_killed(world: World):
    running = subprocess.Popen(
        [sys.executable, "-c", BUILDING, str(world.folder)], stdout=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    lines = iter(running.stdout.readline, "")
    dbts = next(int(line) for line in lines if line.strip().isdigit())
    running.send_signal(signal.SIGKILL)
    running.communicate()
    wait_until(lambda: not is_running(dbts))
    assert world.rows("rates") == [(1, 2.5)]


def is_running(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
