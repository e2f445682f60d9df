"""Somebody without our code reads a product, by the guide alone, while it is published."""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import contextmanager
from datetime import date
from io import BytesIO
from typing import IO, TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shared_policies.platform.product_store import ProductStore
from tests.scenarios.mesh import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GUIDE = (ROOT / "docs" / "guides" / "read_a_product.md").read_text()
PUBLICATIONS = 100
ROWS, ROWS_IN_A_GROUP = 2_000, 300
# The statements of the guide over and over, until a file says that the last version is out.
READER = """
import os, sys
import duckdb
sql, is_over, keeps_connection = sys.argv[1], sys.argv[2], sys.argv[3] == "one connection"
connection = duckdb.connect()
last = False
while not last:
    last = os.path.exists(is_over)
    if not keeps_connection:
        connection = duckdb.connect()
    *first, query = connection.extract_statements(sql)
    for statement in first:
        connection.execute(statement)
    print(*connection.execute(query).fetchone(), flush=True)
"""


def guides_sql() -> str:
    [block] = re.findall(r"```sql\n(.*?)```", GUIDE, re.DOTALL)
    return str(block)


def version(number: int) -> bytes:
    """Every row costs `number`, and no two versions have equally many rows."""
    rows = ROWS + number
    table = pa.table(
        {
            "reporting_day": pa.array([date(2026, 11, 4)] * rows),
            "spend_reporting_micros": pa.array([number * 1_000_000] * rows, pa.int64()),
        }
    )
    buffer = BytesIO()
    pq.write_table(table, buffer, row_group_size=ROWS_IN_A_GROUP)
    return buffer.getvalue()


@contextmanager
def reading(folder: Path, connections: str) -> Iterator[IO[str]]:
    """What the reader prints, in a process that starts in `folder`; it must end well."""
    command = [sys.executable, "-I", "-c", READER, guides_sql(), "over", connections]
    complaint = folder / "complaint"
    with (
        complaint.open("w") as errors,
        subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            yield process.stdout
        except BaseException:
            process.kill()
            raise
    assert process.returncode == 0, complaint.read_text()


@pytest.mark.parametrize("connections", ["one connection", "a new one each time"])
def test_duckdb_reads_whole_versions_only_while_a_product_is_published_a_hundred_times(
    tmp_path: Path, connections: str
):
    store = ProductStore(str(tmp_path / ".data" / "products"))

    def publish(number: int) -> None:
        store.publish(
            "marketing/campaign_performance", major_version=1, table=version(number), details={}
        )

    publish(0)
    with reading(tmp_path, connections) as reader:
        lines = [reader.readline()]
        for number in range(1, PUBLICATIONS + 1):
            publish(number)
            if number % 5 == 0:
                lines.append(reader.readline())  # so that it keeps pace
        (tmp_path / "over").touch()
        lines += reader.readlines()
    seen = [line.split() for line in lines]
    numbers = [int(rows) - ROWS for rows, _, _ in seen]
    assert [float(spend) for _, spend, _ in seen] == [
        number * (ROWS + number) for number in numbers
    ], "the rows of one version and the money of another"
    assert numbers == sorted(numbers), "a reader went back in time"
    assert numbers[-1] == PUBLICATIONS
    assert len(set(numbers)) > PUBLICATIONS / 10
