"""What a company asks: a YAML file a survey, with its questions, scales, channels and columns.

Belongs here: the form of a declaration, what may not be declared, from cell to code. Does not:
where answers come from (surveys_files, surveys_qualtrics), which lines are refused and how that is
told (surveys_answers).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date  # noqa: TC003  pydantic reads it at run time
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from shared_policies.platform.errors import MisconfiguredSetting
from shared_policies.platform.source_choice import wrong_entries
from shared_policies.platform.strict_yaml import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Channel = Literal[
    "google_ads",
    "facebook_ads",
    "other_ads",
    "organic_search",
    "social",
    "email",
    "word_of_mouth",
    "press",
    "offline",
    "other",
    "unknown",
]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}(_[a-z0-9]{2,8})?$")]
WHOLE = re.compile(r"[+-]?\d{1,9}(?:\.0{1,6})?")


class NotAnAnswer(ValueError):
    """A cell holds what its question does not offer. Says why without repeating the cell."""


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Columns(_Form):
    """Which column holds what is known of a response beside its answers."""

    response: str
    submitted_at: str
    respondent: str | None = None
    wave: str | None = None
    language: str | None = None


class _Question(_Form):
    column: str
    text: str


class Nps(_Question):
    """0 to 10; 10 is best, whatever anybody declares."""

    kind: Literal["nps"]
    low: Literal[0] = 0
    high: Literal[10] = 10
    best: Literal[10] = 10
    anchor: None = None

    def code(self, cell: str) -> str:
        return _whole(cell, self.low, self.high)


class Scale(_Question):
    """Whole steps from `low` to `high`, of which `best` is one end.

    `anchor` is the question whose answers rise with this one's if its direction is as declared.
    `labels` are what people read instead of the step, by language.
    """

    kind: Literal["scale"]
    low: int
    high: int
    best: int
    anchor: str | None = None
    labels: dict[int, dict[Language, str]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_two_ends(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low is {self.low} and high is {self.high}")
        if self.best not in {self.low, self.high}:
            raise ValueError(f"best is {self.best}, and has to be {self.low} or {self.high}")
        strange = sorted(step for step in self.labels if not self.low <= step <= self.high)
        if strange:
            raise ValueError(f"there are labels for {strange}, outside of the scale")
        _refuse_ambiguous({str(step): one for step, one in self.labels.items()})
        return self

    @cached_property
    def _by_label(self) -> Mapping[str, str]:
        return _codes({str(step): one.values() for step, one in self.labels.items()})

    def code(self, cell: str) -> str:
        labelled = self._by_label.get(folded(cell))
        return labelled if labelled is not None else _whole(cell, self.low, self.high)


class Option(BaseModel):
    """A channel, and the words that stand for it, by language."""

    model_config = ConfigDict(extra="allow", frozen=True)

    channel: Channel
    __pydantic_extra__: dict[Language, str]

    @property
    def words(self) -> dict[str, str]:
        return dict(self.__pydantic_extra__)


class ChannelQuestion(_Question):
    """How did you hear about us: one option, each of a channel."""

    kind: Literal["channel"]
    options: dict[str, Option] = Field(min_length=2)
    anchor: None = None

    @model_validator(mode="after")
    def _is_unambiguous(self) -> Self:
        _refuse_ambiguous({code: one.words for code, one in self.options.items()})
        return self

    @cached_property
    def _by_label(self) -> Mapping[str, str]:
        return _codes({code: [code, *one.words.values()] for code, one in self.options.items()})

    def code(self, cell: str) -> str:
        text = _without_decimals(cell)
        found = self._by_label.get(folded(text))
        if found is None:
            raise NotAnAnswer("is none of the declared options")
        return found


class Text(_Question):
    """People's own words. They are not landed: what somebody writes may be about anybody."""

    kind: Literal["text"]
    anchor: None = None


Question = Annotated[Nps | Scale | ChannelQuestion | Text, Field(discriminator="kind")]


class Survey(_Form):
    """One survey. A response from before `since` is none of this survey's."""

    title: str
    source: Literal["folder", "qualtrics"] = Field(alias="from")
    qualtrics_id: str | None = Field(default=None, pattern=r"^SV_\w{1,40}$")
    time_zone: str
    since: date
    columns: Columns
    questions: dict[Name, Question] = Field(min_length=1)

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is no IANA time zone") from error
        return value

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        if (self.source == "qualtrics") != (self.qualtrics_id is not None):
            raise ValueError("qualtrics_id is said exactly of what comes from qualtrics")
        for name, one in self.questions.items():
            anchor = self.questions.get(one.anchor) if one.anchor else None
            if one.anchor and (one.anchor == name or not isinstance(anchor, Nps | Scale)):
                raise ValueError(f"{name} is anchored to {one.anchor}, which is no other scale")
        columns = self.all_columns
        twice = sorted({one for one in columns if columns.count(one) > 1})
        if twice:
            raise ValueError(f"the columns {twice} are declared for two things")
        return self

    @property
    def all_columns(self) -> list[str]:
        """Every column that a file of the survey has to have."""
        known = [one for one in self.columns.model_dump().values() if one is not None]
        return [*known, *(one.column for one in self.questions.values())]

    @property
    def asked(self) -> dict[str, Nps | Scale | ChannelQuestion]:
        """The questions whose answers are landed."""
        return {name: one for name, one in self.questions.items() if not isinstance(one, Text)}


def read_surveys(folder: Path) -> dict[str, Survey]:
    """Every `<survey>.yaml` in `folder`, by name.

    Raises:
        MisconfiguredSetting: a file is not of the form; the message names the file and the entry.
    """
    return {path.stem: _read(path) for path in sorted(folder.glob("*.yaml"))}


def _read(path: Path) -> Survey:
    cure = f"Correct {path.name}; docs/guides/surveys.md says what may stand there."
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,40}", path.stem):
        raise MisconfiguredSetting(
            f"{path.name} is no name for a survey.",
            cure="Use lower-case letters, digits and _.",
            source="surveys",
        )
    try:
        return Survey.model_validate(read_yaml(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise MisconfiguredSetting(
            f"{path.name}: {wrong_entries(error.errors(include_url=False))}",
            cure=cure,
            source="surveys",
        ) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise MisconfiguredSetting(f"{path.name}: {error}.", cure=cure, source="surveys") from error


def folded(text: str) -> str:
    """One spelling per label: people's case, spaces and width say nothing."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _whole(cell: str, low: int, high: int) -> str:
    text = _without_decimals(cell)
    if not WHOLE.fullmatch(text) or not low <= int(text) <= high:
        raise NotAnAnswer(f"is neither a whole number from {low} to {high} nor a declared label")
    return str(int(text))


def _without_decimals(cell: str) -> str:
    """Spreadsheets and exports write 4 also as 4.0."""
    text = cell.strip()
    return str(int(float(text))) if WHOLE.fullmatch(text) else text


def _codes(labels: Mapping[str, Iterable[str]]) -> Mapping[str, str]:
    return {folded(label): code for code, words in labels.items() for label in words}


def _refuse_ambiguous(labels: Mapping[str, Mapping[str, str]]) -> None:
    """The same words in two languages may not mean two codes."""
    meant: dict[str, str] = {}
    for code, words in labels.items():
        for label in words.values():
            if meant.setdefault(folded(label), code) != code:
                raise ValueError(f"{label!r} stands for {meant[folded(label)]} and for {code}")
