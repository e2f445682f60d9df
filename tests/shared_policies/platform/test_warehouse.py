"""A warehouse of which the disk has lost a part, and one that somebody else holds."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import duckdb
import pytest

from shared_policies.platform.errors import BadData, TransientFault
from shared_policies.platform.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOLDING = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """Some megabytes, so that there is something to lose."""
    path = tmp_path / "sales.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table orders as select md5(range::varchar) from range(100000)")
    return Warehouse(path)


@pytest.mark.parametrize(
    "damaged",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:1_000],
        lambda content: content[:-1],
        lambda content: bytes(len(content)),
        lambda _: b"",
    ],
)
def test_a_damaged_file_is_put_aside_and_a_new_one_may_be_built(
    warehouse: Warehouse, damaged: Callable[[bytes], bytes]
):
    lost = damaged(warehouse.path.read_bytes())
    warehouse.path.write_bytes(lost)
    aside = warehouse.put_aside_if_damaged()
    assert aside is not None
    assert aside.read_bytes() == lost
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("create table orders as select 1")
    assert warehouse.put_aside_if_damaged() is None


def test_a_whole_file_stays_and_one_that_is_not_there_is_no_loss(
    warehouse: Warehouse, tmp_path: Path
):
    assert warehouse.put_aside_if_damaged() is None
    assert warehouse.rows("select count(*) as n from orders") == [{"n": 100_000}]
    assert Warehouse(tmp_path / "none.duckdb").put_aside_if_damaged() is None


def test_who_reads_a_damaged_file_is_told_what_mends_it(warehouse: Warehouse):
    warehouse.path.write_bytes(bytes(10_000))
    with pytest.raises(BadData, match=r"sales\.duckdb is damaged.*Materialise"):
        warehouse.tables()


def test_a_file_that_another_process_holds_is_not_damaged(warehouse: Warehouse):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(warehouse.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    with pytest.raises(TransientFault, match="in use"):
        warehouse.put_aside_if_damaged()
    process.communicate("")
    assert warehouse.put_aside_if_damaged() is None


def test_a_file_off_whose_end_duckdb_cut_free_blocks_is_not_damaged(warehouse: Warehouse):
    """DuckDB gives the disk back what lay at the end, and goes on counting it."""
    for times in range(20):
        with duckdb.connect(str(warehouse.path)) as connection:
            rows = 300_000 if times % 2 else 1_000
            connection.execute(
                "create or replace table orders as select hash(range) from range(?)", [rows]
            )
        if shorter_than_counted(warehouse):
            break
    assert shorter_than_counted(warehouse), "what the test is about has not come about"
    assert warehouse.put_aside_if_damaged() is None
    assert warehouse.rows("select count(*) as n from orders") == [{"n": rows}]


def shorter_than_counted(warehouse: Warehouse) -> bool:
    [size] = warehouse.rows(
        "select block_size * total_blocks as counted from pragma_database_size()"
    )
    return warehouse.path.stat().st_size < size["counted"]
