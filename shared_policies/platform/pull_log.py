"""The record of every slice that was pulled: what was found, when, and where it stands.

Belongs here: the record, its file format, the latest record per slice. Does not: the rows
(landing_store).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, unquote
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shared_policies.platform.landing_files import DAY_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from shared_policies.platform.file_store import FileStore

Outcome = Literal["new", "restated", "unchanged"]

MONTH_LOG = "month.parquet"
INSTANT = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        ("stream", pa.string()),
        ("account_id", pa.string()),
        ("account_day", pa.date32()),
        ("pulled_at", INSTANT),
        ("content_pulled_at", INSTANT),
        ("outcome", pa.string()),
        ("row_count", pa.int64()),
        ("content_hash", pa.string()),
        ("content_file", pa.string()),
        ("requests", pa.int64()),
        ("day_was_over", pa.bool_()),
        ("account_name", pa.string()),
        ("account_time_zone", pa.string()),
        ("account_currency", pa.string()),
        ("control_totals", pa.string()),
        ("control_difference", pa.string()),
        ("quality_flags", pa.string()),
        ("sandbox", pa.bool_()),
        ("logged_at", INSTANT),
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceRecord:
    """One slice of one pull.

    `content_pulled_at` and `content_file` name the pull that last changed the rows, so that a
    pull that found nothing new is a record and no file. `content_file` is relative to the
    landing root and empty for a slice without rows. `control_totals` and `control_difference`
    are JSON, or empty where the stream has none or all adds up; so is `quality_flags`, which is
    what the platform said of this pull's answer, of an unchanged one too.
    """

    stream: str
    account_id: str
    account_day: date
    pulled_at: datetime
    content_pulled_at: datetime
    outcome: Outcome
    row_count: int
    content_hash: str
    content_file: str
    requests: int
    day_was_over: bool
    account_name: str
    account_time_zone: str
    account_currency: str
    control_totals: str
    control_difference: str
    quality_flags: str
    sandbox: bool
    logged_at: datetime


@dataclass(frozen=True, slots=True)
class PullLog:
    """The pull log of one source.

    `_pull_log/pulled_on=<day>/<stream>-<account>-<instant>.parquet` is append-only and the
    truth; once a month is closed, what it tells stands in one file under its last day.
    `_latest/<stream>-<account>.parquet` only saves reading it whole: it holds the latest record
    per slice up to some instant, and whatever was logged since the day before that is read on
    top, so a lost, damaged or stale one is never wrong. A file of the log that the disk has
    damaged is put aside: what it told is pulled again as if it never had been.
    """

    files: FileStore
    source: str

    @property
    def folder(self) -> str:
        return f"{self.source}/_pull_log"

    def declare(self) -> None:
        """Make the log readable before anything was pulled."""
        path = f"{self.folder}/_schema.parquet"
        if not self.files.exists(path):
            self.files.write(path, _encode(SCHEMA.empty_table()))

    def append(self, records: Iterable[SliceRecord]) -> None:
        """Log one pull: all records are of one stream, account and instant."""
        records = list(records)
        first = records[0]
        name = f"{_key(first.stream, first.account_id)}-{compact(first.pulled_at)}"
        folder = f"{self.folder}/{DAY_FOLDER}{first.pulled_at.date()}"
        self.files.write(f"{folder}/{name}-{uuid4().hex[:6]}.parquet", _encode(_table(records)))
        known = self._known(first.stream, first.account_id)
        self.files.write(self._index_path(first.stream, first.account_id), _encode(known))

    def latest(
        self, stream: str, account_id: str, days: Collection[date] | None = None
    ) -> Mapping[date, SliceRecord]:
        """The latest record of every slice, or of those of `days`, by account-local day."""
        known = self._known(stream, account_id)
        if days is not None:
            asked = pa.array(days, type=pa.date32())
            known = known.filter(pc.is_in(known["account_day"], value_set=asked))
        return {record.account_day: record for record in _records(known)}

    def accounts(self, stream: str) -> list[str]:
        """The ids of all accounts with a pull of `stream`."""
        prefix, suffix = _key(stream, ""), ".parquet"
        return [
            unquote(name.removeprefix(prefix).removesuffix(suffix))
            for name in self.files.names(f"{self.source}/_latest")
            if name.startswith(prefix)
        ]

    def rewrite(self, changed: Callable[[SliceRecord], SliceRecord]) -> int:
        """Put `changed(record)` in place of every record, in log and index; how many differed.

        For erasure alone: it is what makes the log agree with rows that are gone.
        """
        differing = 0
        for folder in self._folders():
            for name in self.files.names(folder):
                path = f"{folder}/{name}"
                before = list(_records(_decode(self.files.read(path))))
                after = [changed(record) for record in before]
                if after != before:
                    self.files.write(path, _encode(_table(after)))
                    differing += sum(old != new for old, new in zip(before, after, strict=True))
        return differing

    def forget(self, *, pulled_before: date) -> None:
        """Take slices out of the index that were last looked at before that day (UTC)."""
        start = datetime(pulled_before.year, pulled_before.month, pulled_before.day, tzinfo=UTC)
        for name in self.files.names(f"{self.source}/_latest"):
            path = f"{self.source}/_latest/{name}"
            indexed = _decode(self.files.read(path))
            kept = indexed.filter(pc.field("pulled_at") >= start)
            if kept.num_rows < indexed.num_rows:
                self.files.write(path, _encode(kept))

    def _folders(self) -> list[str]:
        """Of the log, then of the index that repeats it."""
        dated = [name for name in self.files.names(self.folder) if name.startswith(DAY_FOLDER)]
        return [*(f"{self.folder}/{name}" for name in dated), f"{self.source}/_latest"]

    def _known(self, stream: str, account_id: str) -> pa.Table:
        """The latest record per slice, by account-local day."""
        try:
            indexed = _decode(self.files.read(self._index_path(stream, account_id)))
        except (FileNotFoundError, pa.ArrowInvalid):
            indexed = SCHEMA.empty_table()
        since = pc.max(indexed["pulled_at"]).as_py()
        logged = self._logged_since(stream, account_id, since)
        return newest(pa.concat_tables([indexed, *logged]), by=["account_day"])

    def _logged_since(
        self, stream: str, account_id: str, since: datetime | None
    ) -> Iterator[pa.Table]:
        # A pull that began before midnight may be logged after one that began later.
        oldest = f"{DAY_FOLDER}{(since - timedelta(days=1)).date()}" if since else ""
        prefix = f"{_key(stream, account_id)}-"
        of_both = (pc.field("stream") == stream) & (pc.field("account_id") == account_id)
        for folder in self.files.names(self.folder):
            if folder.startswith(DAY_FOLDER) and folder >= oldest:
                for name in self.files.names(f"{self.folder}/{folder}"):
                    if name == MONTH_LOG or (name.startswith(prefix) and name.endswith(".parquet")):
                        yield self._told(f"{self.folder}/{folder}/{name}").filter(of_both)

    def _told(self, path: str) -> pa.Table:
        try:
            return _decode(self.files.read(path))
        except pa.ArrowInvalid:
            self.files.put_aside(path)
            return SCHEMA.empty_table()

    def _index_path(self, stream: str, account_id: str) -> str:
        return f"{self.source}/_latest/{_key(stream, account_id)}.parquet"


def compact(instant: datetime) -> str:
    """`20261123T060000.000000Z`: sorts by time and fits a file name."""
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


def in_a_name(account_id: str) -> str:
    """An id as a part of a file's name: an outside system may have a slash or a quote in it."""
    return quote(account_id, safe="")


def _key(stream: str, account_id: str) -> str:
    return f"{stream}-{in_a_name(account_id)}"


def newest(table: pa.Table, *, by: Sequence[str]) -> pa.Table:
    """Of the records that agree in `by` the one pulled last, and of those the one logged last."""
    order = [*by, "pulled_at", "logged_at"]
    table = table.take(pc.sort_indices(table, sort_keys=[(name, "ascending") for name in order]))
    if table.num_rows < 2:  # noqa: PLR2004  nothing to compare
        return table
    here, following = table.slice(0, table.num_rows - 1), table.slice(1)
    is_last = pc.not_equal(here[by[0]], following[by[0]])
    for name in by[1:]:
        is_last = pc.or_(is_last, pc.not_equal(here[name], following[name]))
    return table.filter(pa.chunked_array([*is_last.chunks, pa.array([True])]))


def log_of_month(files: FileStore, paths: Sequence[str]) -> bytes:
    """The log's files of a month in one: every answer that differed, and each slice's last look."""
    logged = pa.concat_tables([_decode(files.read(path)) for path in paths])
    differed = logged.filter(pc.field("outcome") != "unchanged")
    looks = newest(logged, by=["stream", "account_id", "account_day"])
    kept = pa.concat_tables([differed, looks.filter(pc.field("outcome") == "unchanged")])
    slices = ["stream", "account_id", "account_day", "pulled_at"]
    return _encode(kept.sort_by([(name, "ascending") for name in slices]))


def _table(records: Iterable[SliceRecord]) -> pa.Table:
    records = list(records)
    columns = [[getattr(record, name) for record in records] for name in SCHEMA.names]
    return pa.table(columns, schema=SCHEMA)


def _records(table: pa.Table) -> Iterator[SliceRecord]:
    for row in table.to_pylist():
        yield SliceRecord(**row)


def _encode(table: pa.Table) -> bytes:
    buffer = BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def _decode(content: bytes) -> pa.Table:
    return pq.read_table(BytesIO(content), columns=SCHEMA.names).cast(SCHEMA)
