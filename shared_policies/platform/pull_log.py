"""The record of every slice that was pulled: what was found, when, and where it stands.

Belongs here: the record, its file format, the latest record per slice. Does not: the rows
(landing_store).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, unquote
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from shared_policies.platform.file_store import FileStore

Outcome = Literal["new", "restated", "unchanged"]

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
    truth. `_latest/<stream>-<account>.parquet` only saves reading it whole: it holds the latest
    record per slice up to some instant, and whatever was logged since the day before that is
    read on top, so a lost, damaged or stale one is never wrong. A file of the log that the disk
    has damaged is put aside: what it told is pulled again as if it never had been.
    """

    files: FileStore
    source: str

    def declare(self) -> None:
        """Make the log readable before anything was pulled."""
        path = f"{self.source}/_pull_log/_schema.parquet"
        if not self.files.exists(path):
            self.files.write(path, _encode([]))

    def append(self, records: Iterable[SliceRecord]) -> None:
        """Log one pull: all records are of one stream, account and instant."""
        records = list(records)
        first = records[0]
        folder = f"{self.source}/_pull_log/pulled_on={first.pulled_at.date()}"
        name = f"{_key(first.stream, first.account_id)}-{compact(first.pulled_at)}"
        self.files.write(f"{folder}/{name}-{uuid4().hex[:6]}.parquet", _encode(records))
        latest = self.latest(first.stream, first.account_id)
        self.files.write(self._index_path(first.stream, first.account_id), _encode(latest.values()))

    def latest(self, stream: str, account_id: str) -> Mapping[date, SliceRecord]:
        """The latest record of every slice, by account-local day."""
        try:
            indexed = _decode(self.files.read(self._index_path(stream, account_id)))
        except (FileNotFoundError, pa.ArrowInvalid):
            indexed = []
        since = max(
            (record.pulled_at for record in indexed), default=datetime.min.replace(tzinfo=UTC)
        )
        found: dict[date, SliceRecord] = {}
        for record in [*indexed, *self._logged_since(stream, account_id, since)]:
            known = found.get(record.account_day)
            if known is None or (known.pulled_at, known.logged_at) <= (
                record.pulled_at,
                record.logged_at,
            ):
                found[record.account_day] = record
        return found

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
                before = _decode(self.files.read(path))
                after = [changed(record) for record in before]
                if after != before:
                    self.files.write(path, _encode(after))
                    differing += sum(old != new for old, new in zip(before, after, strict=True))
        return differing

    def _folders(self) -> list[str]:
        """Of the log, then of the index that repeats it."""
        root = f"{self.source}/_pull_log"
        dated = [name for name in self.files.names(root) if name.startswith("pulled_on=")]
        return [*(f"{root}/{name}" for name in dated), f"{self.source}/_latest"]

    def _logged_since(self, stream: str, account_id: str, since: datetime) -> list[SliceRecord]:
        root = f"{self.source}/_pull_log"
        # A pull that began before midnight may be logged after one that began later.
        oldest = f"pulled_on={(since - timedelta(days=1)).date()}" if since.year > 1 else ""
        prefix = f"{_key(stream, account_id)}-"
        return [
            record
            for folder in self.files.names(root)
            if folder.startswith("pulled_on=") and folder >= oldest
            for name in self.files.names(f"{root}/{folder}")
            if name.startswith(prefix) and name.endswith(".parquet")
            for record in self._told(f"{root}/{folder}/{name}")
            # The name of one account may begin with another's.
            if record.account_id == account_id
        ]

    def _told(self, path: str) -> list[SliceRecord]:
        try:
            return _decode(self.files.read(path))
        except pa.ArrowInvalid:
            self.files.put_aside(path)
            return []

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


def _encode(records: Iterable[SliceRecord]) -> bytes:
    table = pa.Table.from_pylist([asdict(record) for record in records], schema=SCHEMA)
    buffer = BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def _decode(content: bytes) -> list[SliceRecord]:
    names = [field.name for field in fields(SliceRecord)]
    rows = pq.read_table(BytesIO(content), columns=names).to_pylist()
    return [SliceRecord(**row) for row in rows]
