"""From a dropped file to its lines: CSV as spreadsheets save it, XLSX as people save it.

Belongs here: encodings, delimiters, workbooks, and what of them is refused. Does not: what a
column means (surveys_answers). Nothing here repeats what stands in a cell: it may be about a person.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_BYTES = 20_000_000
MOST_UNPACKED_BYTES = 200_000_000
MOST_MEMBERS = 500
MOST_LINES = 200_000
MOST_COLUMNS = 500
DELIMITERS = (",", ";", "\t")
MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*ref=\"([A-Z0-9:]{2,30})\"")
Cell = str | datetime


class FileRefused(ValueError):
    """Nothing of the file can be read; says why, and the cure."""


@dataclass(frozen=True, slots=True)
class Line:
    """One response as delivered. `problem` says why it cannot be read; then there are no cells."""

    number: int
    cells: Mapping[str, Cell] = field(default_factory=dict)
    problem: str = ""


def lines_of(name: str, content: bytes, *, columns: Sequence[str]) -> Iterator[Line]:
    """The lines below the header, with the declared `columns` and no others.

    Raises:
        FileRefused: before any line, or where a workbook breaks off.
    """
    if len(content) > MOST_BYTES:
        raise FileRefused(f"is larger than {MOST_BYTES // 1_000_000} MB: split it")
    if name.lower().endswith(".csv"):
        return _csv_lines(content, columns)
    if name.lower().endswith(".xlsx"):
        return _workbook_lines(content, columns)
    raise FileRefused("is neither .csv nor .xlsx: save it as one of them")


def _csv_lines(content: bytes, columns: Sequence[str]) -> Iterator[Line]:
    # A byte that is not UTF-8 stays recognisable in its line, and spoils no other.
    text = content.decode("utf-8-sig", errors="surrogateescape")
    physical = text.splitlines(keepends=True)
    if len(physical) > MOST_LINES:
        raise FileRefused(f"has more than {MOST_LINES:,} lines: split it")
    if not physical:
        raise FileRefused("is empty: a wave without responses has at least its header")
    delimiter = max(DELIMITERS, key=physical[0].count)
    header = next(csv.reader([physical[0]], delimiter=delimiter), [])
    positions = _positions(header, columns)
    return _records(physical, len(header), positions, delimiter)


def _records(
    physical: Sequence[str], width: int, positions: Mapping[str, int], delimiter: str
) -> Iterator[Line]:
    """A record that cannot be read costs its first line; reading goes on with the next one."""
    at = 1
    while at < len(physical):
        rest = csv.reader(
            (physical[index] for index in range(at, len(physical))),
            delimiter=delimiter,
            strict=True,
        )
        try:
            record = next(rest)
        except csv.Error:
            yield Line(at + 1, problem="has a quotation mark that is not closed, or a broken one")
            at += 1
            continue
        if record and len(record) != width:
            yield Line(at + 1, problem=f"has {len(record)} fields where the header has {width}")
            at += 1
            continue
        if any(record):
            yield _line(at + 1, {name: record[place] for name, place in positions.items()})
        at += rest.line_num


def _line(number: int, cells: Mapping[str, Cell]) -> Line:
    for name, cell in cells.items():
        if isinstance(cell, str) and any("\udc80" <= one <= "\udcff" for one in cell):
            return Line(number, problem=f"column {name} is not UTF-8: save the file as CSV UTF-8")
    return Line(number, cells)


def _positions(header: Sequence[str], columns: Sequence[str]) -> Mapping[str, int]:
    names = [name.strip() for name in header]
    if len(names) > MOST_COLUMNS:
        raise FileRefused(f"has more than {MOST_COLUMNS} columns")
    missing = [name for name in columns if name not in names]
    if missing:
        raise FileRefused(f"lacks the declared columns {', '.join(missing)} in its first line")
    twice = [name for name in columns if names.count(name) > 1]
    if twice:
        raise FileRefused(f"has the columns {', '.join(twice)} twice")
    return {name: names.index(name) for name in columns}


def _workbook_lines(content: bytes, columns: Sequence[str]) -> Iterator[Line]:
    """Reads on while the caller asks: a workbook may break off in its middle."""
    from defusedxml import DefusedXmlException  # noqa: PLC0415  with openpyxl
    from openpyxl import DEFUSEDXML, load_workbook  # noqa: PLC0415  0.3 s at import

    if not DEFUSEDXML:
        raise FileRefused("cannot be read safely: install defusedxml, or save it as CSV")
    _refuse_hostile_archive(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        if len(book.worksheets) != 1:
            raise FileRefused(f"has {len(book.worksheets)} sheets: leave the one with responses")
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        rows = sheet.iter_rows()
        header = [_text(one) for one in next(rows, ())]
        positions = _positions(header, columns)
        for number, row in enumerate(rows, start=2):
            if number > MOST_LINES:
                raise FileRefused(f"has more than {MOST_LINES:,} lines: split it")
            if len(row) > MOST_COLUMNS:
                raise FileRefused(f"has more than {MOST_COLUMNS} columns")
            if any(one.value is not None for one in row):
                yield _workbook_line(number, row, positions, book.epoch)
    except FileRefused:
        raise
    except DefusedXmlException as error:
        raise FileRefused("defines XML entities or a DTD, which no spreadsheet needs") from error
    except Exception as error:
        # The library meets broken files with whatever its own lines raise.
        raise FileRefused(f"is no workbook that can be read ({type(error).__name__})") from error


def _refuse_hostile_archive(content: bytes) -> None:
    """What a workbook unpacks to is looked at before anything of it is."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS:
                raise FileRefused(f"packs {len(members)} files, more than {MOST_MEMBERS}")
            if sum(one.file_size for one in members) > MOST_UNPACKED_BYTES:
                raise FileRefused(f"unpacks to more than {MOST_UNPACKED_BYTES // 1_000_000} MB")
            sheets = [one for one in members if one.filename.startswith("xl/worksheets/sheet")]
            for sheet in sheets:
                merged = MERGED.search(archive.read(sheet))
                if merged:
                    place = merged[1].decode()
                    raise FileRefused(f"has merged cells ({place}): undo it, fill each cell")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise FileRefused("is no XLSX, or is protected by a password") from error


def _workbook_line(
    number: int, row: Sequence[Any], positions: Mapping[str, int], epoch: datetime
) -> Line:
    cells: dict[str, Cell] = {}
    for name, place in positions.items():
        cell = row[place] if place < len(row) else None
        kind = getattr(cell, "data_type", "n")
        if kind == "f":
            return Line(number, problem=f"column {name} holds a formula: paste its value")
        if kind == "e":
            return Line(number, problem=f"column {name} holds an error of the spreadsheet")
        cells[name] = _cell(cell, epoch)
    return Line(number, cells)


def _cell(cell: Any, epoch: datetime) -> Cell:  # noqa: ANN401  openpyxl has two classes of cells
    """Dates as instants without a zone; all else as text, a whole number without decimals."""
    value = getattr(cell, "value", None)
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    return _text(cell)


def from_serial(text: str) -> datetime | None:
    """A spreadsheet's day number since 1900, where a cell lost the format that made it a date."""
    from openpyxl.utils.datetime import from_excel  # noqa: PLC0415  see above

    try:
        serial = float(text)
        found = from_excel(serial) if 36_526 <= serial < 73_051 else None
    except (ValueError, OverflowError):
        return None
    return found if isinstance(found, datetime) else None


def _text(cell: Any) -> str:  # noqa: ANN401  see above
    value = getattr(cell, "value", None)
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
