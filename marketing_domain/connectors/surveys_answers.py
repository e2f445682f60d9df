"""From delivered lines to answers: one set of rules for dropped files and exports alike.

Belongs here: which lines are taken, which are refused and why, what an answer is worth. Does not:
reading bytes (surveys_files, surveys_workbooks), asking (surveys_qualtrics).

A response is taken whole or not at all: with one answer that cannot be read its line is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from marketing_domain.connectors.surveys_declared import ChannelQuestion, NotAnAnswer, folded
from marketing_domain.connectors.surveys_files import FileRefused, Line

if TYPE_CHECKING:
    from collections.abc import Iterable

    from marketing_domain.connectors.surveys_declared import Survey
    from marketing_domain.connectors.surveys_files import Cell

WAVE = re.compile(r"[\w .:/-]{1,40}")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][a-z0-9]{2,8})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """A file or an export by name. `lines` may raise FileRefused while they are read.

    `left_out` are responses that are none: not finished, or a test of the survey's makers.
    """

    name: str
    lines: Iterable[Line]
    left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """`line_number` 0 is the whole file."""

    delivered_in: str
    line_number: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one delivery; its `days` are those of the responses taken."""

    name: str
    accepted: int
    refused: int
    left_out: int
    days: tuple[date, date] | None


@dataclass(slots=True)
class Reading:
    """All deliveries of one survey together. `answers` are rows of the stream of that name."""

    survey_id: str
    survey: Survey
    read_at: datetime
    answers: list[dict[str, Any]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    _seen: dict[str, str] = field(default_factory=dict)

    def add(self, delivered: Delivered) -> None:
        """Every line of `delivered` is then among the answers or refused."""
        try:
            lines = list(delivered.lines)
        except FileRefused as error:
            self.refused.append(
                Refused(delivered_in=delivered.name, line_number=0, reason=f"the file {error}")
            )
            self._close(delivered, accepted=0, refused=1, days=[])
            return
        days: list[date] = []
        refused = 0
        for line in lines:
            try:
                days.append(self._take(line, delivered.name))
            except ValueError as error:
                refused += 1
                self.refused.append(
                    Refused(delivered_in=delivered.name, line_number=line.number, reason=str(error))
                )
        self._close(delivered, accepted=len(days), refused=refused, days=days)

    def _close(
        self, delivered: Delivered, *, accepted: int, refused: int, days: list[date]
    ) -> None:
        self.outcomes.append(
            Outcome(
                name=delivered.name,
                accepted=accepted,
                refused=refused,
                left_out=delivered.left_out,
                days=(min(days), max(days)) if days else None,
            )
        )

    def _take(self, line: Line, name: str) -> date:
        """The day of the response, whose answers are kept. Raises ValueError with the reason."""
        if line.problem:
            raise ValueError(line.problem)
        columns = self.survey.columns
        response = _text(line, columns.response)
        if not response:
            raise ValueError(f"column {columns.response} is empty")
        submitted_at = self._submitted_at(line)
        day = submitted_at.astimezone(ZoneInfo(self.survey.time_zone)).date()
        about = {
            "account_id": self.survey_id,
            "account_day": day,
            "response_id": response,
            "respondent_id": _text(line, columns.respondent) or None,
            "submitted_at": submitted_at,
            "wave": self._wave(line, day),
            "response_language": self._language(line),
            "delivered_in": name,
        }
        answers = [{**about, **one} for one in self._answers(line)]
        before = self._seen.setdefault(response, f"line {line.number} of {name}")
        if before != f"line {line.number} of {name}":
            raise ValueError(f"its response was already taken from {before}")
        self.answers += answers
        return day

    def _answers(self, line: Line) -> list[dict[str, Any]]:
        """Of a question that was not answered there is none."""
        found = []
        for name, question in self.survey.asked.items():
            text = _text(line, question.column)
            if not text:
                continue
            try:
                code = question.code(text)
            except NotAnAnswer as error:
                raise ValueError(f"column {question.column} {error}") from None
            channel = None
            if isinstance(question, ChannelQuestion):
                channel = question.options[code].channel
            score = int(code) if channel is None else None
            found.append({"question": name, "code": code, "score": score, "channel": channel})
        return found

    def _submitted_at(self, line: Line) -> datetime:
        """An instant without a zone is by the survey's clock."""
        column = self.survey.columns.submitted_at
        found = line.cells.get(column, "")
        if isinstance(found, str):
            try:
                found = datetime.fromisoformat(found.strip())
            except ValueError:
                raise ValueError(
                    f"column {column} is no date of the form YYYY-MM-DD HH:MM:SS"
                ) from None
        zone = ZoneInfo(self.survey.time_zone)
        instant = found if found.tzinfo else found.replace(tzinfo=zone)
        if instant > self.read_at:
            raise ValueError(f"column {column} lies in the future")
        if instant.astimezone(zone).date() < self.survey.since:
            raise ValueError(f"column {column} lies before the survey began")
        return instant.astimezone(ZoneInfo("UTC"))

    def _wave(self, line: Line, day: date) -> str:
        """As delivered; a survey without waves is one a month."""
        column = self.survey.columns.wave
        if column is None:
            return f"{day:%Y-%m}"
        wave = _text(line, column)
        if not WAVE.fullmatch(wave):
            raise ValueError(f"column {column} is no name of a wave")
        return wave

    def _language(self, line: Line) -> str | None:
        column = self.survey.columns.language
        language = folded(_text(line, column))
        if language and not LANGUAGE.fullmatch(language):
            raise ValueError(f"column {column} is no code of a language")
        return language.replace("-", "_") or None


def _text(line: Line, column: str | None) -> str:
    found: Cell = line.cells.get(column, "") if column is not None else ""
    return found.strip() if isinstance(found, str) else found.isoformat(sep=" ")
