"""Where landed rows stand: a file per pull, and once its month is closed a file per month.

Belongs here: the names of folders and files, reading one slice's rows. Does not: which pull
counts (pull_log), making a month's file (landing_compaction).
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from datetime import date

    from shared_policies.platform.file_store import FileStore
    from shared_policies.platform.pull_log import SliceRecord

DAY_FOLDER = "pulled_on="
MONTH_FOLDER = "pulled_in="
MONTH_FILE = "rows.parquet"
MONTH_LENGTH = len("2026-01")


def month_of(folder: str) -> str:
    """`2026-01` of `pulled_on=2026-01-31` and of `pulled_in=2026-01`."""
    return folder.split("=")[1][:MONTH_LENGTH]


def month_file(content_file: str) -> str:
    """The file of the month in which `content_file` was pulled, whether it is there or not."""
    folder, day, _ = content_file.rsplit("/", 2)
    return f"{folder}/{MONTH_FOLDER}{month_of(day)}/{MONTH_FILE}"


def standing(files: FileStore, content_file: str) -> str:
    """Where the rows of `content_file` stand now; the month's file once there is one."""
    month = month_file(content_file)
    return month if files.exists(month) else content_file


def rows_of(table: pa.Table, record: SliceRecord) -> pa.Table:
    """The rows of `record` among those of other accounts, days and pulls, in their order."""
    return table.filter(
        (pc.field("account_id") == record.account_id)
        & (pc.field("account_day") == pa.scalar(record.account_day, pa.date32()))
        & (pc.field("pulled_at") == record.content_pulled_at)
    )


def read_rows(files: FileStore, record: SliceRecord) -> pa.Table:
    """The rows of one slice that has some.

    Raises:
        FileNotFoundError: the disk has lost them.
    """
    content = files.read(standing(files, record.content_file))
    return rows_of(pq.read_table(BytesIO(content)), record)


def of_day(rows: pa.Table, day: date) -> pa.Table:
    """The rows of one account-local day, in their order."""
    return rows.filter(pc.equal(rows["account_day"], pa.scalar(day, pa.date32())))
