"""Connector to surveys: what was dropped in a folder and what Qualtrics exports, as one source.

Belongs here: which survey is read from where, rows of the streams. Does not: files, exports and
their rules (the other surveys_* modules), any figure (metrics/), any Dagster object.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from marketing_domain.connectors.surveys_answers import Delivered, Reading
from marketing_domain.connectors.surveys_declared import read_surveys
from marketing_domain.connectors.surveys_files import MOST_BYTES, FileRefused, csv_lines
from marketing_domain.connectors.surveys_qualtrics import API_VERSION, QualtricsExports
from marketing_domain.connectors.surveys_streams import ANSWER, DELIVERY, QUESTION, SOURCE, STREAMS
from marketing_domain.connectors.surveys_workbooks import workbook_lines
from marketing_domain.settings import survey_settings
from shared_policies.platform.company import company_settings
from shared_policies.platform.days import DayRange, local_day, now
from shared_policies.platform.errors import MisconfiguredSetting, PipelineError
from shared_policies.platform.file_store import FileStore
from shared_policies.platform.requests import RequestPolicy
from shared_policies.platform.streams import Account, AccountListing, Interface, Pull, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from marketing_domain.connectors.surveys_answers import Outcome
    from marketing_domain.connectors.surveys_declared import Survey
    from marketing_domain.connectors.surveys_files import Line

# How far back an export is looked at to say what of it is refused; files are always read whole.
RECENT_DAYS = 31


def connect() -> SurveysConnector:
    """The connector for what the environment says, or for the sandbox.

    Raises:
        MisconfiguredSetting: a declaration is wrong, or half of Qualtrics' settings are set.
    """
    settings, qualtrics, sandbox = survey_settings()
    policy = RequestPolicy.of_source(
        SOURCE,
        timeout_seconds=qualtrics.request_timeout_seconds,
        longest_wait_seconds=120.0,
        requests_per_second=qualtrics.requests_per_second,
        secrets=(qualtrics.api_token,) if qualtrics.api_token else (),
        sandbox=sandbox,
    )
    return SurveysConnector(
        surveys=read_surveys(settings.declarations),
        folder=FileStore(settings.folder_url) if settings.folder_url is not None else None,
        exports=QualtricsExports(settings=qualtrics, policy=policy)
        if qualtrics.api_token
        else None,
        sandbox=sandbox,
    )


@dataclass(kw_only=True)
class SurveysConnector:
    """The declared `surveys`, of which each is what an account is elsewhere.

    Without a `folder` those that come from one cannot be read, nor those of Qualtrics without
    `exports`.
    """

    surveys: Mapping[str, Survey]
    folder: FileStore | None
    exports: QualtricsExports | None
    sandbox: bool
    now: Callable[[], datetime] = field(default=now)
    source: str = field(default=SOURCE, init=False)
    streams: Mapping[str, Stream] = field(default_factory=lambda: STREAMS, init=False)

    @property
    def interface(self) -> Interface:
        return Interface(
            library="httpx",
            version=API_VERSION,
            retires_on=None,
            clock_url=self.exports.settings.base_url if self.exports is not None else None,
        )

    def accounts(self) -> AccountListing:
        unreadable: dict[str, PipelineError] = {
            name: _unreachable(name, one)
            for name, one in self.surveys.items()
            if (self.folder if one.source == "folder" else self.exports) is None
        }
        readable = [
            Account(
                source=SOURCE,
                account_id=name,
                name=one.title,
                currency=company_settings().reporting_currency,
                time_zone=one.time_zone,
            )
            for name, one in self.surveys.items()
            if name not in unreadable
        ]
        return AccountListing(readable=readable, unreadable=unreadable)

    def pull(self, stream: Stream, account: Account, days: DayRange) -> Pull:
        """A day on which nobody answered is a day without rows.

        Raises:
            MisconfiguredSetting: the survey's folder is not there.
            PipelineError: Qualtrics does not answer.
        """
        pulled_at = self.now()
        survey = self.surveys[account.account_id]
        today = local_day(pulled_at, time_zone=account.time_zone)
        requests = 1
        if stream is QUESTION:
            rows: Iterable[dict[str, Any]] = _question_rows(survey)
        else:
            recent = DayRange(
                start=min(days.start, today - timedelta(days=RECENT_DAYS)), end=days.end
            )
            reading, requests = self._read(
                account.account_id, days if stream is ANSWER else recent, pulled_at
            )
            rows = _rows_of(reading, stream, days)
        given = {"account_id": account.account_id, "account_day": today}
        return Pull(
            stream=stream,
            account=account,
            days=days,
            pulled_at=pulled_at,
            rows=pa.Table.from_pylist([{**given, **row} for row in rows], schema=stream.schema),
            control_totals=None,
            requests=requests,
            sandbox=self.sandbox,
        )

    def dropped(self) -> dict[str, str]:
        """What tells of every file that it is another than before: `survey/file` to its stamp."""
        return {
            f"{name}/{file}": folder.stamp(f"{name}/{file}")
            for name, folder in self._folders()
            for file in _files_in(folder, name)
        }

    def days_dropped(self, path: str) -> tuple[date, date] | None:
        """First and last day of the responses in one file (`survey/file`); None if it has none."""
        survey_id, name = path.split("/", maxsplit=1)
        reading = Reading(survey_id, self.surveys[survey_id], self.now())
        for survey, folder in self._folders():
            if survey == survey_id:
                reading.add(_of_file(folder, self.surveys[survey_id], f"{survey_id}/{name}"))
        return reading.outcomes[0].days if reading.outcomes else None

    def _folders(self) -> Iterator[tuple[str, FileStore]]:
        for name, one in self.surveys.items():
            if one.source == "folder" and self.folder is not None:
                yield name, self.folder

    def _read(self, survey_id: str, days: DayRange, pulled_at: datetime) -> tuple[Reading, int]:
        survey = self.surveys[survey_id]
        reading = Reading(survey_id, survey, pulled_at)
        if survey.qualtrics_id is not None and self.exports is not None:
            zone = ZoneInfo(survey.time_zone)
            delivered, requests = self.exports.responses(
                survey.qualtrics_id,
                survey_id=survey_id,
                since=datetime.combine(days.start, time(), zone).astimezone(UTC),
                until=datetime.combine(days.end, time(), zone).astimezone(UTC),
            )
            reading.add(delivered)
            return reading, requests
        if self.folder is None or not self.folder.exists(survey_id):
            raise MisconfiguredSetting(
                f"there is no {self.folder.url(survey_id) if self.folder else 'folder'}.",
                cure="Make the folder, or correct SURVEYS_FOLDER_URL.",
                source=SOURCE,
                account_id=survey_id,
            )
        files = _files_in(self.folder, survey_id)
        for name in files:
            reading.add(_of_file(self.folder, survey, f"{survey_id}/{name}"))
        return reading, len(files)


def _of_file(folder: FileStore, survey: Survey, path: str) -> Delivered:
    def lines() -> Iterator[Line]:
        content = folder.read(path)
        if len(content) > MOST_BYTES:
            raise FileRefused(f"is larger than {MOST_BYTES // 1_000_000} MB: split it")
        columns = survey.all_columns
        if path.lower().endswith(".csv"):
            yield from csv_lines(content, columns=columns)
        elif path.lower().endswith(".xlsx"):
            instant = survey.columns.submitted_at
            yield from workbook_lines(content, columns=columns, instant=instant)
        else:
            raise FileRefused("is neither .csv nor .xlsx: save it as one of them")

    return Delivered(name=path.split("/", maxsplit=1)[1], lines=lines())


def _files_in(folder: FileStore, survey_id: str) -> list[str]:
    """Without what a spreadsheet keeps beside a file that somebody has open."""
    return [name for name in folder.names(survey_id) if not name.startswith("~$")]


def _question_rows(survey: Survey) -> Iterator[dict[str, Any]]:
    for position, (name, one) in enumerate(survey.questions.items(), start=1):
        yield {
            "question": name,
            "position": position,
            "kind": one.kind,
            "wording": one.text,
            "low": getattr(one, "low", None),
            "high": getattr(one, "high", None),
            "best": getattr(one, "best", None),
            "anchor": one.anchor,
        }


def _rows_of(reading: Reading, stream: Stream, days: DayRange) -> Iterable[dict[str, Any]]:
    if stream is ANSWER:
        return (row for row in reading.answers if row["account_day"] in days)
    if stream is DELIVERY:
        return map(_delivery_row, reading.outcomes)
    return (
        {
            "delivered_in": one.delivered_in,
            "line_number": one.line_number,
            "reason": one.reason,
        }
        for one in reading.refused
    )


def _delivery_row(one: Outcome) -> dict[str, Any]:
    return {
        "delivered_in": one.name,
        "responses": one.accepted + one.refused + one.left_out,
        "accepted": one.accepted,
        "refused": one.refused,
        "left_out": one.left_out,
        "first_day": one.days[0] if one.days else None,
        "last_day": one.days[1] if one.days else None,
    }


def _unreachable(name: str, survey: Survey) -> MisconfiguredSetting:
    needed = "SURVEYS_FOLDER_URL" if survey.source == "folder" else "QUALTRICS_API_TOKEN"
    return MisconfiguredSetting(
        f"the survey comes from {survey.source}, and {needed} is not set.",
        cure=f"Set {needed}, or take {name}.yaml away if there is no such survey.",
        source=SOURCE,
        account_id=name,
    )
