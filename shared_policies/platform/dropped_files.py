"""A source for whoever has files and no interface: CSV that somebody drops in a folder.

`<folder>/<stream>/YYYY-MM-DD.csv` holds the rows of one day, on a disk or an object store. A day
without rows is a file with nothing but its header; a day whose file is missing is not answered.
Belongs here: reading such a folder. Does not: which columns a stream has (a domain's connectors/).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared_policies.platform.company import SandboxSettings, company_settings
from shared_policies.platform.days import now
from shared_policies.platform.errors import AnswerBroken, RetryLater
from shared_policies.platform.file_store import FileStore
from shared_policies.platform.streams import Account, AccountListing, Interface, Pull, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime

    from shared_policies.platform.days import DayRange

# Said by the file's name and by the folder, not by its columns.
GIVEN = ("account_id", "account_day")
# Of what Arrow says, the part that stands before the value or the row itself.
WITHOUT_VALUES = re.compile(
    r"In CSV column #\d+|CSV parse error: (Row #\d+: )?Expected \d+ columns, got \d+|Empty CSV file"
)


class FolderSettings(BaseSettings):
    """Where a source's files are dropped. Environment: <SOURCE>_FOLDER_URL, a path or fsspec URL.

    Unset, the sandbox's files are read.
    """

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    folder_url: str | None = None


def dropped_files(source: str, streams: Mapping[str, Stream]) -> DroppedFiles:
    """The connector for <SOURCE>_FOLDER_URL, or for the sandbox's folder of that source."""
    folder_url = FolderSettings(_env_prefix=f"{source.upper()}_").folder_url
    sandboxed = f"{SandboxSettings().files_dir.resolve()}/{source}"
    return DroppedFiles(
        source=source,
        streams=streams,
        folder=FileStore(folder_url or sandboxed),
        sandbox=folder_url is None,
    )


@dataclass(frozen=True, kw_only=True)
class DroppedFiles:
    """The folder is one account, in the company's own currency and time zone."""

    source: str
    streams: Mapping[str, Stream]
    folder: FileStore
    sandbox: bool
    now: Callable[[], datetime] = field(default=now)

    @property
    def interface(self) -> Interface:
        return Interface(library="fsspec", version=None, retires_on=None, clock_url=None)

    def accounts(self) -> AccountListing:
        company = company_settings()
        account = Account(
            source=self.source,
            account_id=self.source,
            name=f"Files of {self.source}",
            currency=company.reporting_currency,
            time_zone=company.reporting_time_zone,
        )
        return AccountListing(readable=[account], unreadable={})

    def pull(self, stream: Stream, account: Account, days: DayRange) -> Pull:
        """Days before the first file are days before there was anything to drop.

        Raises:
            RetryLater: a day's file is not there yet.
            AnswerBroken: a file is not what the stream says.
        """
        pulled_at = self.now()
        due = self._due(stream, account, days)
        tables = [self._rows(stream, account, day) for day in due]
        return Pull(
            stream=stream,
            account=account,
            days=days,
            pulled_at=pulled_at,
            rows=pa.concat_tables([stream.schema.empty_table(), *tables]),
            control_totals=None,
            requests=len(due),
            sandbox=self.sandbox,
        )

    def _due(self, stream: Stream, account: Account, days: DayRange) -> list[date]:
        """The days from the first file on, of which every one has its file."""
        there = [name for name in self.folder.names(stream.name) if name.endswith(".csv")]
        due = [day for day in days if there and f"{day}.csv" >= there[0]]
        missing = [day for day in due if f"{day}.csv" not in there]
        if missing or not there:
            raise RetryLater(
                f"there is no {self.folder.url(_path(stream, (missing or [days.last_day])[0]))}. "
                "Nothing of the pull was landed.",
                cure="Drop it, with only its header if the day had nothing, then run again.",
                source=self.source,
                account_id=account.account_id,
                days=days,
            )
        return due

    def _rows(self, stream: Stream, account: Account, day: date) -> pa.Table:
        try:
            rows = parsed(self.folder.read(_path(stream, day)), stream)
        except ValueError as error:
            raise AnswerBroken(
                f"{self.folder.url(_path(stream, day))} is not what the stream says: {error}. "
                "Nothing of the pull was landed.",
                cure=f"Correct the file, or the schema of {stream.name} in the connector.",
                source=self.source,
                account_id=account.account_id,
            ) from error
        given = {"account_id": account.account_id, "account_day": day}
        whole = [
            pa.array([given[one.name]] * rows.num_rows, one.type)
            if one.name in GIVEN
            else rows[one.name]
            for one in stream.schema
        ]
        return pa.table(whole, schema=stream.schema)


def parsed(content: bytes, stream: Stream) -> pa.Table:
    """The stream's own columns; what else stands in the file is not read.

    Raises:
        ValueError: a column is missing, a value has another type, a key is empty. Values are not
            repeated: they may be about a person.
    """
    wanted = {one.name: one.type for one in stream.schema if one.name not in GIVEN}
    options = csv.ConvertOptions(
        column_types=wanted,
        include_columns=list(wanted),
        strings_can_be_null=True,
        null_values=[""],
    )
    try:
        rows: pa.Table = csv.read_csv(pa.BufferReader(content), convert_options=options)
    except pa.ArrowKeyError as error:
        raise ValueError(str(error).strip("'\"")) from None
    except pa.ArrowInvalid as error:
        told = WITHOUT_VALUES.match(str(error))
        raise ValueError(
            f"{told[0] if told else 'in some place'} it cannot be read (columns count from #0)"
        ) from None
    empty = [name for name in stream.grain if rows[name].null_count]
    if empty:
        raise ValueError(f"{', '.join(empty)} is empty in some of its rows")
    return rows


def _path(stream: Stream, day: date) -> str:
    return f"{stream.name}/{day}.csv"
