"""Files as people drop them: what can be read is read, what cannot is told with its line."""

from __future__ import annotations

import copy
import csv
import io
import json
import zipfile
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from marketing_domain.connectors import surveys_files, surveys_workbooks
from marketing_domain.connectors.surveys_answers import Delivered, Reading
from marketing_domain.connectors.surveys_declared import Survey, read_surveys
from marketing_domain.connectors.surveys_files import FileRefused, Line, csv_lines
from marketing_domain.connectors.surveys_workbooks import workbook_lines
from shared_policies.platform.errors import MisconfiguredSetting

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COLUMNS = ["id", "at", "grade"]
HEADER = "id;at;grade\n"
NOON = datetime(2026, 10, 3, 12, 0)  # noqa: DTZ001  a spreadsheet knows no zones
SURVEY: dict[str, Any] = {
    "title": "A survey",
    "from": "folder",
    "time_zone": "Europe/Berlin",
    "since": "2026-01-01",
    "columns": {"response": "id", "submitted_at": "at"},
    "questions": {"recommend": {"column": "grade", "kind": "nps", "text": "Would you?"}},
}


def read(content: bytes) -> list[Line]:
    return list(csv_lines(content, columns=COLUMNS))


def read_workbook(content: bytes) -> list[Line]:
    return list(workbook_lines(content, columns=COLUMNS, instant="at"))


def workbook(rows: list[list[Any]], change: Callable[[Workbook], None] = lambda _: None) -> bytes:
    book = Workbook()
    assert book.active is not None
    for row in [COLUMNS, *rows]:
        book.active.append(row)
    change(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def taken(lines: list[Line]) -> tuple[list[str], dict[int, str]]:
    """The ids of responses that were taken, and why the other lines were not."""
    reading = Reading("a_survey", Survey.model_validate(SURVEY), datetime(2026, 11, 5, tzinfo=UTC))
    reading.add(Delivered(name="a file", lines=lines))
    refused = {one.line_number: one.reason for one in reading.refused}
    return [one["response_id"] for one in reading.answers], refused


def test_every_spoiled_line_is_told_and_the_rest_is_taken():
    content = (
        HEADER.encode()
        + b"r1;2026-10-01 10:00;9\n"
        + b'r2;"2026-10-01 10:00;8\n'
        + b"r3;2026-10-01 10:00\n"
        + b"r4;2026-10-01 10:00;\xe4\n"
        + b"r5;01.10.2026;8\n"
        + b"r6;2026-10-01 10:00;8.5\n"
        + b";2026-10-01 10:00;8\n"
        + b"r8;2027-10-01 10:00;8\n"
        + b"r9;2025-10-01 10:00;8\n"
        + b"r1;2026-10-02 10:00;7\n"
        + b"\n"
        + b"r10;2026-10-02 10:00;\n"
        + b"r11;2026-10-02 10:00;10.0\n"
    )
    ids, refused = taken(read(content))
    assert ids == ["r1", "r11"]
    assert {number: reason.split(":")[0] for number, reason in refused.items()} == {
        3: "has a quotation mark that is not closed, or a broken one",
        4: "has 2 fields where the header has 3",
        5: "column grade is not UTF-8",
        6: "column at is no date of the form YYYY-MM-DD HH",
        7: "column grade is neither a whole number from 0 to 10 nor a declared label",
        8: "column id is empty",
        9: "column at lies in the future",
        10: "column at lies before the survey began",
        11: "its response was already taken from line 2 of a file",
    }


@pytest.mark.parametrize("secret", ["anna@mail.example", "+49 30 123456", "Anna wrote this"])
@pytest.mark.parametrize("column", [0, 1, 2])
def test_no_reason_repeats_what_somebody_wrote(secret: str, column: int):
    cells = ["", "2026-10-01 10:00", "9"]
    cells[column] = secret
    spoiled = [*cells, "one field too many"] if column == 0 else cells
    _, refused = taken(read((HEADER + ";".join(spoiled) + "\n").encode()))
    assert refused
    assert not [reason for reason in refused.values() if secret in reason]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=20))
def test_whatever_people_write_between_quotation_marks_is_no_line_of_its_own(texts: list[str]):
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["id", "comment", "at", "grade"])
    # A spreadsheet removes what cannot be typed.
    clean = ["".join(one for one in each if one.isprintable() or one == "\n") for each in texts]
    writer.writerows([f"r{i}", each, "2026-10-01", 9] for i, each in enumerate(clean))
    ids, refused = taken(read(text.getvalue().encode()))
    assert (ids, refused) == ([f"r{i}" for i in range(len(clean))], {})


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"id;grade\nr1;9\n", "lacks the declared columns at"),
        (b"id;at;at;grade\n", "has the columns at twice"),
        (HEADER.encode() * 3, ""),
    ],
)
def test_a_file_without_its_columns_is_refused_as_a_whole(content: bytes, reason: str):
    if reason:
        with pytest.raises(FileRefused, match=reason):
            read(content)
    else:
        assert len(read(content)) == 2


def test_too_many_lines_are_refused_before_any_is_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(surveys_files, "MOST_LINES", 3)
    with pytest.raises(FileRefused, match="more than 3 lines"):
        read((HEADER + "r;2026-10-01;9\n" * 3).encode())


def test_a_workbook_s_dates_are_dates_whatever_became_of_their_format():
    serial = 46_298.5  # noon of 3 October 2026, counted from 1900
    lines = read_workbook(
        workbook([["r1", NOON, 9], ["r2", serial, 9.0], ["r3", "2026-10-03 12:00", "9"]])
    )
    ids, refused = taken(lines)
    assert (ids, refused) == (["r1", "r2", "r3"], {})
    assert [one.cells["at"] for one in lines] == [NOON, NOON, "2026-10-03 12:00"]
    assert [one.cells["grade"] for one in lines] == ["9", "9", "9"]


def test_a_workbook_may_count_its_days_from_1904():
    def since_1904(book: Workbook) -> None:
        book.epoch = CALENDAR_MAC_1904

    [line] = read_workbook(workbook([["r1", 46_298.5 - 1462, 9]], since_1904))
    assert line.cells["at"] == NOON


def test_formulas_and_errors_of_a_workbook_are_refused_by_their_line():
    rows = [["r1", NOON, "=4+5"], ["r2", NOON, "#N/A"], ["r3", NOON, 9]]
    ids, refused = taken(read_workbook(workbook(rows)))
    assert ids == ["r3"]
    assert refused == {
        2: "column grade holds a formula: paste its value",
        3: "column grade holds an error of the spreadsheet",
    }


def rewritten(content: bytes, member: str, change: Callable[[bytes], bytes]) -> bytes:
    """The archive with one of its files changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for one in old.namelist():
            kept = old.read(one)
            new.writestr(one, change(kept) if one == member else kept)
    return buffer.getvalue()


def with_entities(sheet: bytes) -> bytes:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    return sheet[: sheet.index(b"<worksheet")] + bomb + sheet[sheet.index(b"<worksheet") :]


def merge(book: Workbook) -> None:
    assert book.active is not None
    book.active.merge_cells("A2:A3")


def rename(book: Workbook) -> None:
    assert book.active is not None
    book.active["C1"] = "note"


SHEET = "xl/worksheets/sheet1.xml"
WHOLE = workbook([["r1", NOON, 9], ["r2", NOON, 9]])
HOSTILE: dict[str, tuple[bytes, str]] = {
    "no workbook": (b"id;at;grade\n", "is no XLSX, or is protected"),
    "protected": (b"\xd0\xcf\x11\xe0" + bytes(2_000), "is no XLSX, or is protected"),
    "merged cells": (workbook([["r1", NOON, 9]] * 3, merge), r"merged cells \(A2:A3\)"),
    "two sheets": (workbook([], lambda book: book.create_sheet() and None), "has 2 sheets"),
    "entities": (rewritten(WHOLE, SHEET, with_entities), "defines XML entities"),
    "cut short": (rewritten(WHOLE, SHEET, lambda sheet: sheet[:-200]), "no workbook that can be"),
    "no XML": (rewritten(WHOLE, SHEET, lambda _: b"\x00"), "no workbook that can be"),
    "another column": (workbook([], rename), "lacks the declared columns grade"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_or_broken_workbook_is_refused_with_its_reason(name: str):
    content, reason = HOSTILE[name]
    with pytest.raises(FileRefused, match=reason):
        read_workbook(content)


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(surveys_workbooks, "MOST_UNPACKED_BYTES", 50_000_000)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(SHEET, bytes(60_000_000))
    assert len(bomb.getvalue()) < 100_000
    with pytest.raises(FileRefused, match="unpacks to more than 50 MB"):
        read_workbook(bomb.getvalue())


def test_a_cell_at_the_end_of_the_world_does_not_fill_what_lies_before_it(
    monkeypatch: pytest.MonkeyPatch,
):
    def far(book: Workbook) -> None:
        assert book.active is not None
        book.active["A1048576"] = "r2"

    monkeypatch.setattr(surveys_workbooks, "MOST_LINES", 1_000)
    with pytest.raises(FileRefused, match="over 1,000 lines"):
        read_workbook(workbook([["r1", NOON, 9]], far))


def test_a_workbook_that_breaks_in_its_middle_counts_for_nothing():
    reading = Reading("a_survey", Survey.model_validate(SURVEY), datetime(2026, 11, 5, tzinfo=UTC))
    content = rewritten(WHOLE, SHEET, lambda sheet: sheet[:-200])
    lines = workbook_lines(content, columns=COLUMNS, instant="at")
    reading.add(Delivered(name="broken.xlsx", lines=lines))
    assert reading.answers == []
    [refused] = reading.refused
    assert (refused.line_number, refused.reason[:8]) == (0, "the file")


def declared(folder: Path, change: Callable[[dict[str, Any]], object]) -> dict[str, Survey]:
    survey = copy.deepcopy(SURVEY)
    change(survey)
    (folder / "a_survey.yaml").write_text(json.dumps(survey))
    return read_surveys(folder)


AGREES = {"column": "q2", "kind": "scale", "text": "I agree.", "low": 1, "high": 5, "best": 1}
WRONG: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "unknown key": (lambda one: one.update(colour="red"), "colour"),
    "no zone": (lambda one: one.update(time_zone="Berlin"), "no IANA time zone"),
    "no direction": (
        lambda one: one["questions"].update(agrees={**AGREES, "best": 3}),
        "has to be 1 or 5",
    ),
    "anchored to nothing": (
        lambda one: one["questions"].update(agrees={**AGREES, "anchor": "nobody"}),
        "anchored to nobody",
    ),
    "one word for two steps": (
        lambda one: one["questions"].update(
            agrees={**AGREES, "labels": {1: {"en": "Yes"}, 5: {"de": " yes "}}}
        ),
        "stands for 1 and for 5",
    ),
    "one column for two things": (
        lambda one: one["questions"].update(agrees={**AGREES, "column": "grade"}),
        "declared for two things",
    ),
    "no id of Qualtrics": (lambda one: one.update({"from": "qualtrics"}), "qualtrics_id"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_declaration_that_means_nothing_is_refused_by_its_place(name: str, tmp_path: Path):
    change, said = WRONG[name]
    with pytest.raises(MisconfiguredSetting, match=said) as refused:
        declared(tmp_path, change)
    assert "a_survey.yaml" in str(refused.value)


def test_a_label_in_any_language_is_its_step(tmp_path: Path):
    labels = {1: {"en": "Strongly agree", "de": "Stimme voll zu"}}
    survey = declared(
        tmp_path, lambda one: one["questions"].update(agrees={**AGREES, "labels": labels})
    )["a_survey"]
    question = survey.asked["agrees"]
    said = ["Strongly  AGREE", "stimme voll zu", "1", "1.0"]
    assert {question.code(one) for one in said} == {"1"}
    assert survey.since == date(2026, 1, 1)
