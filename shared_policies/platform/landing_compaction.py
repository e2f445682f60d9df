"""Many small files of a month become one: the data of a stream, the pull log of a source.

Belongs here: which months are closed, what replaces what, and when the small files may go. Does
not: who asks for it and when (governance/housekeeping), finding a slice's rows
(landing_files).
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from shared_policies.platform.landing_files import (
    DAY_FOLDER,
    MONTH_FOLDER,
    month_file,
    month_of,
)
from shared_policies.platform.pull_log import MONTH_LOG, PullLog, log_of_month

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from shared_policies.platform.file_store import FileStore

# A pull that began in the month has long been logged, and is hardly ever read again.
CLOSED_AFTER = timedelta(days=7)
# Whoever listed the small files before the month's file was there has read them by then.
READ_BY = timedelta(days=1)
# A day is pulled for at most 90 days: what is logged later does not name rows from before.
LOOKED_AT_AGAIN = timedelta(days=125)


@dataclass(slots=True)
class Compaction:
    """What one look at landing came to: files written, files removed, months let go."""

    written: int = 0
    removed: int = 0
    forgotten: list[str] = field(default_factory=list)


def compact_landing(
    files: FileStore,
    *,
    at: datetime,
    kept_since: Mapping[str, date] = MappingProxyType({}),
) -> Compaction:
    """Write the months that are closed at `at`, and remove what month files have replaced.

    Of the data everything stays, each answer under its own instant. Of the log stay the answers
    that differed, and the last look at each slice. Months that ended before the day of their
    source in `kept_since` go with all that was pulled in them, first from the log and a season
    later the rows; a source that it does not name is kept for ever. Ends early or twice without
    harm: the next look goes on where this one was.
    """
    done = Compaction()
    for source in (name for name in files.names("") if not name.startswith("_")):
        streams = [f"{source}/{name}" for name in files.names(source) if not name.startswith("_")]
        log = PullLog(files, source)
        for stream in streams:
            _compact(files, stream, _rows_of_month, month_file, at, done)
        _compact(files, log.folder, log_of_month, month_log, at, done)
        if (since := kept_since.get(source)) is not None:
            for stream in streams:
                _forget(files, stream, since - LOOKED_AT_AGAIN, done)
            _forget(files, log.folder, since, done)
            log.forget(pulled_before=since.replace(day=1))
    return done


def month_log(path: str) -> str:
    """The file of the month in which the log's file `path` was written.

    It stands under the month's last day: who reads the log from some day on finds it there.
    """
    folder, day, _ = path.rsplit("/", 2)
    return f"{folder}/{DAY_FOLDER}{_last_day(month_of(day))}/{MONTH_LOG}"


def _compact(
    files: FileStore,
    folder: str,
    together: Callable[[FileStore, Sequence[str]], bytes],
    target_of: Callable[[str], str],
    at: datetime,
    done: Compaction,
) -> None:
    for month, small in _small_files(files, folder).items():
        target = target_of(small[0])
        if not files.exists(target):
            if _ended(month, at - CLOSED_AFTER):
                files.write(target, together(files, small))
                done.written += 1
        elif files.modified(target) <= at - READ_BY:
            _remove(files, small)
            done.removed += len(small)


def _small_files(files: FileStore, folder: str) -> dict[str, list[str]]:
    """By month, each file of one pull."""
    found: dict[str, list[str]] = defaultdict(list)
    for day in files.names(folder):
        if day.startswith(DAY_FOLDER):
            found[month_of(day)] += [
                f"{folder}/{day}/{name}"
                for name in files.names(f"{folder}/{day}")
                if name != MONTH_LOG and name.endswith(".parquet")
            ]
    return {month: paths for month, paths in found.items() if paths}


def _rows_of_month(files: FileStore, small: Sequence[str]) -> bytes:
    """An account after the other, so that whoever reads one passes over the others."""
    # A report that the company added to may have gained a column within the month.
    schemas = [_schema(files, path) for path in small]
    schema = pa.unify_schemas(schemas, promote_options="permissive")
    buffer = BytesIO()
    with pq.ParquetWriter(buffer, schema, compression="zstd") as writer:
        for _, paths in groupby(sorted(small, key=_account), key=_account):
            tables = [pq.read_table(BytesIO(files.read(path))) for path in paths]
            rows = pa.concat_tables([schema.empty_table(), *tables], promote_options="permissive")
            by_slice = [("account_day", "ascending"), ("pulled_at", "ascending")]
            writer.write_table(rows.sort_by(by_slice))
    return buffer.getvalue()


def _schema(files: FileStore, path: str) -> pa.Schema:
    with files.open(path) as file:
        return pq.read_schema(file)


def _account(path: str) -> str:
    """Of `<account>-<instant>-<chance>.parquet`."""
    return path.rsplit("/", 1)[-1].rsplit("-", 2)[0]


def _forget(files: FileStore, folder: str, kept_since: date, done: Compaction) -> None:
    for name in files.names(folder):
        if not name.startswith((DAY_FOLDER, MONTH_FOLDER)):
            continue
        month = month_of(name)
        if _last_day(month) < kept_since:
            files.delete_folder(f"{folder}/{name}")
            done.forgotten.append(f"{folder}/{name}")


def _remove(files: FileStore, paths: Collection[str]) -> None:
    """And the folders that are empty then."""
    for path in paths:
        files.delete(path)
    for folder in sorted({path.rsplit("/", 1)[0] for path in paths}):
        if not files.names(folder):
            files.delete_folder(folder)


def _ended(month: str, at: datetime) -> bool:
    after = _last_day(month) + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=UTC) <= at


def _last_day(month: str) -> date:
    year, number = map(int, month.split("-"))
    return date(year, number, monthrange(year, number)[1])
