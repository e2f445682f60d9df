"""The append-only store of pulls: what a platform said and when, never edited.

Belongs here: which slices changed, and writing them so that a crash leaves nothing half done.
Does not: asking the platform (connectors), choosing the latest pull for SQL (dbt staging).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shared_policies.platform.control_totals import differences, duplicate_keys, sums_by_day
from shared_policies.platform.days import day_is_over, local_day, now
from shared_policies.platform.errors import AnswerBroken, MisconfiguredSetting, TotalsDisagree
from shared_policies.platform.file_store import FileStore
from shared_policies.platform.fingerprints import fingerprint
from shared_policies.platform.forgetting import forgotten_people, refuse_another_key, without
from shared_policies.platform.landing_files import (
    DAY_FOLDER,
    month_file,
    of_day,
    read_rows,
    rows_of,
    standing,
)
from shared_policies.platform.parquet_files import is_whole
from shared_policies.platform.privacy import (
    Pseudonyms,
    installation_pseudonyms,
    protected,
    refuse_unusable,
)
from shared_policies.platform.pull_log import (
    INSTANT,
    PullLog,
    SliceRecord,
    compact,
    in_a_name,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date, datetime

    from shared_policies.platform.pull_log import Outcome
    from shared_policies.platform.streams import Pull, Stream


@dataclass(frozen=True, slots=True)
class LandingStore:
    """Lands pulls below `root_url` (a path or an fsspec URL).

    A pull's changed slices go into one data file, then one record per slice into the pull log;
    what the log does not name does not exist, so a crash in between leaves an orphan that no
    reader sees; what the log names and a disk has lost is written again by the next pull. Personal
    columns are made unreadable, and forgotten people's rows left out,
    before anything is compared or written. The one exception from append-only is erasure.
    """

    root_url: str
    now: Callable[[], datetime] = field(default=now)
    pseudonyms: Callable[[], Pseudonyms] = field(default=installation_pseudonyms)

    @property
    def files(self) -> FileStore:
        return FileStore(self.root_url)

    def declare(self, streams: Iterable[Stream]) -> None:
        """Make every stream readable before its first pull: a table of its columns, no rows."""
        for stream in streams:
            PullLog(self.files, stream.source).declare()
            self.files.write(
                f"{stream.source}/{stream.name}/_schema.parquet",
                encode(landed_schema(stream).empty_table()),
            )

    def latest(self, source: str, stream: str, account_id: str) -> Mapping[date, SliceRecord]:
        """The latest record of every slice of one account's stream, by account-local day."""
        return PullLog(self.files, source).latest(stream, account_id)

    def accounts(self, source: str, stream: str) -> list[str]:
        """The ids of the accounts that were ever landed for a stream."""
        return PullLog(self.files, source).accounts(stream)

    def land(self, pull: Pull) -> tuple[SliceRecord, ...]:
        """Write the slices of `pull` whose content changed, and log every one of its days.

        Raises:
            AnswerBroken: rows outside the pull's days, or two rows with the same grain.
            TotalsDisagree: rows of a day that is over do not add up to its control totals.
            MisconfiguredSetting: the stream is personal, and its key is missing or another one.
        """
        landed = replace(pull, rows=self._protected(pull))
        rows = _in_order(landed)
        _refuse_foreign_days(pull, rows)
        _refuse_duplicates(pull, rows)
        _refuse_unclosed_sums(pull)
        slices = _slices(pull, rows)
        log = PullLog(self.files, pull.stream.source)
        known = self._intact(log.latest(pull.stream.name, pull.account.account_id, list(slices)))
        hashes = {day: fingerprint(table) for day, table in slices.items()}
        changed = {
            day: table
            for day, table in slices.items()
            if day not in known or known[day].content_hash != hashes[day]
        }
        path = self._write_rows(pull, changed)
        records = _records(landed, slices, hashes, known, path, self.now())
        log.append(records)
        return records

    def sample(self, records: Iterable[SliceRecord]) -> pa.Table:
        """The rows of the newest of `records` that has any; no columns if none has."""
        filled = [record for record in records if record.row_count]
        if not filled:
            return pa.table({})
        return read_rows(self.files, max(filled, key=lambda record: record.account_day))

    def history(self, source: str, stream: str) -> list[dict[str, Any]]:
        """The rows of a small stream, such as settings: the latest answer of every account-day."""
        rows: list[dict[str, Any]] = []
        read: dict[str, pa.Table] = {}
        for account_id in self.accounts(source, stream):
            for _, record in sorted(self.latest(source, stream, account_id).items()):
                if not record.row_count:
                    continue
                path = standing(self.files, record.content_file)
                if path not in read:
                    read[path] = pq.read_table(BytesIO(self.files.read(path)))
                rows += rows_of(read[path], record).to_pylist()
        return rows

    def is_sandbox(self, source: str, stream: str) -> bool:
        """Whether the newest answers come from the sandbox."""
        return any(
            record.sandbox
            for account_id in self.accounts(source, stream)
            for record in self.latest(source, stream, account_id).values()
        )

    def _protected(self, pull: Pull) -> pa.Table:
        if not pull.stream.personal:
            return pull.rows
        refuse_unusable(pull.stream)
        pseudonyms = self.pseudonyms()
        refuse_another_key(self.files, pseudonyms)
        rows = pull.rows.select(pull.stream.schema.names).cast(pull.stream.schema)
        return without(protected(pull.stream, rows, pseudonyms), forgotten_people(self.files))

    def _intact(self, known: Mapping[date, SliceRecord]) -> Mapping[date, SliceRecord]:
        """Without the days whose data file is gone or damaged: they are landed anew."""
        paths = {one.content_file for one in known.values() if one.content_file}
        damaged = {path for path in paths if not is_whole(self.files, standing(self.files, path))}
        return {day: one for day, one in known.items() if one.content_file not in damaged}

    def _write_rows(self, pull: Pull, changed: Mapping[date, pa.Table]) -> str:
        """The path of the data file relative to the root; empty if there is nothing to write."""
        filled = [table for table in changed.values() if table.num_rows]
        if not filled:
            return ""
        rows = pa.concat_tables(filled)
        instants = pa.array([pull.pulled_at] * rows.num_rows, type=INSTANT)
        rows = rows.append_column("pulled_at", instants)
        folder = f"{pull.stream.source}/{pull.stream.name}/{DAY_FOLDER}{pull.pulled_at.date()}"
        account = in_a_name(pull.account.account_id)
        name = f"{account}-{compact(pull.pulled_at)}-{uuid4().hex[:6]}.parquet"
        self._refuse_closed_month(pull, f"{folder}/{name}")
        self.files.write(f"{folder}/{name}", encode(rows))
        return f"{folder}/{name}"

    def _refuse_closed_month(self, pull: Pull, path: str) -> None:
        """What was pulled in a month is read from its one file, once it has been closed."""
        if self.files.exists(month_file(path)):
            raise MisconfiguredSetting(
                f"the clock of this machine shows {pull.pulled_at:%Y-%m-%d %H:%M} UTC, and what "
                "was pulled in that month has long been put together. Nothing was landed.",
                cure="Set the clock right, for example by switching NTP on, then run again.",
                source=pull.stream.source,
                account_id=pull.account.account_id,
                days=pull.days,
            )


def landed_schema(stream: Stream) -> pa.Schema:
    """The stream's columns and `pulled_at`."""
    return stream.schema.append(pa.field("pulled_at", INSTANT))


def days_answered(pull: Pull) -> list[date]:
    """The account-local days that the pull is the answer for."""
    if pull.stream.snapshot:
        return [local_day(pull.pulled_at, time_zone=pull.account.time_zone)]
    return list(pull.days)


def _in_order(pull: Pull) -> pa.Table:
    keys = ["account_day", *pull.stream.grain]
    rows = pull.rows.select(pull.stream.schema.names).cast(pull.stream.schema)
    return rows.take(pc.sort_indices(rows, sort_keys=[(key, "ascending") for key in keys]))


def _slices(pull: Pull, rows: pa.Table) -> dict[date, pa.Table]:
    return {day: of_day(rows, day) for day in days_answered(pull)}


def _refuse_foreign_days(pull: Pull, rows: pa.Table) -> None:
    asked = pa.array(days_answered(pull), type=pa.date32())
    foreign = rows.filter(pc.invert(pc.is_in(rows["account_day"], value_set=asked)))
    if foreign.num_rows:
        raise AnswerBroken(
            f"{foreign.num_rows} rows of {pull.stream.name} are of days that were not asked for, "
            f"such as {foreign['account_day'][0]}. Nothing of the pull was landed.",
            cure="Compare the account's time zone with the platform's settings, then run again.",
            source=pull.stream.source,
            account_id=pull.account.account_id,
            days=pull.days,
        )


def _refuse_duplicates(pull: Pull, rows: pa.Table) -> None:
    grain = ("account_day", *pull.stream.grain)
    twice = duplicate_keys(rows, grain)
    if twice.num_rows:
        raise AnswerBroken(
            f"{twice.num_rows} keys of {pull.stream.name} came more than once, such as "
            f"{twice.select(list(grain)).slice(0, 1).to_pylist()[0]}. Nothing was landed.",
            cure=f"The stream's grain {list(grain)} no longer holds at the platform: extend it.",
            source=pull.stream.source,
            account_id=pull.account.account_id,
            days=pull.days,
        )


def _refuse_unclosed_sums(pull: Pull) -> None:
    if not pull.stream.must_close:
        return
    for day, found in differences(pull).items():
        # On a running day the two requests saw two different moments.
        if day_is_over(day, time_zone=pull.account.time_zone, at=pull.pulled_at):
            name, (ours, theirs) = next(iter(found.items()))
            raise TotalsDisagree(
                f"on {day} the rows of {pull.stream.name} add up to {ours} {name}, the account's "
                f"control total is {theirs}. Nothing of the pull was landed.",
                cure="Run again; if it persists, a level is missing from the platform's report.",
                source=pull.stream.source,
                account_id=pull.account.account_id,
                days=pull.days,
            )


def _records(
    pull: Pull,
    slices: Mapping[date, pa.Table],
    hashes: Mapping[date, str],
    known: Mapping[date, SliceRecord],
    path: str,
    logged_at: datetime,
) -> tuple[SliceRecord, ...]:
    measures = pull.stream.must_close or pull.stream.residual
    totals = sums_by_day(pull.control_totals, measures) if pull.control_totals else {}
    open_sums = differences(pull)
    records = []
    for day, table in slices.items():
        before = known.get(day)
        outcome: Outcome = "new"
        if before is not None:
            outcome = "unchanged" if before.content_hash == hashes[day] else "restated"
        kept = before if outcome == "unchanged" else None
        gap = {name: theirs - ours for name, (ours, theirs) in open_sums.get(day, {}).items()}
        records.append(
            SliceRecord(
                stream=pull.stream.name,
                account_id=pull.account.account_id,
                account_day=day,
                pulled_at=pull.pulled_at,
                content_pulled_at=kept.content_pulled_at if kept else pull.pulled_at,
                outcome=outcome,
                row_count=table.num_rows,
                content_hash=hashes[day],
                content_file=kept.content_file if kept else path if table.num_rows else "",
                requests=pull.requests,
                day_was_over=day_is_over(day, time_zone=pull.account.time_zone, at=pull.pulled_at),
                account_name=pull.account.name,
                account_time_zone=pull.account.time_zone,
                account_currency=pull.account.currency,
                control_totals=as_json(totals.get(day, {})),
                control_difference=as_json(gap),
                quality_flags=as_json(pull.quality.get(day, {})),
                sandbox=pull.sandbox,
                logged_at=logged_at,
            )
        )
    return tuple(records)


def as_json(measures: Mapping[str, object]) -> str:
    """Measures as the pull log keeps them: empty text for none."""
    return json.dumps(measures, default=str, sort_keys=True) if measures else ""


def encode(table: pa.Table) -> bytes:
    """A Parquet file as landing keeps it."""
    buffer = BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
