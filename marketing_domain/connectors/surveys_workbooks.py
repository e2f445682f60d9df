"""From a dropped workbook to its lines: XLSX as people save it, read as if somebody meant harm.

Belongs here: archives, sheets, cells, and what of them is refused. Does not: CSV (surveys_files),
what a column means (surveys_answers).
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from marketing_domain.connectors.surveys_files import (
    MOST_COLUMNS,
    MOST_LINES,
    FileRefused,
    Line,
    positions_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from marketing_domain.connectors.surveys_files import Cell

MOST_UNPACKED_BYTES = 100_000_000
MOST_MEMBERS = 500
MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*ref=\"([A-Z0-9:]{2,30})\"")
# What openpyxl meets a broken workbook with; defusedxml's and ours are ValueErrors of their own.
BROKEN = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    ParseError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


def workbook_lines(content: bytes, *, columns: Sequence[str], instant: str) -> Iterator[Line]:
    """The lines below the header of its only sheet, with the declared `columns` and no others.

    In the column `instant` a number is a date whose format was lost: days by the book's calendar.

    Raises:
        FileRefused: before any line, or where the workbook breaks off: nothing of it counts then.
    """
    from defusedxml import DefusedXmlException  # noqa: PLC0415  with openpyxl
    from openpyxl import DEFUSEDXML  # noqa: PLC0415  0.3 s at import

    if not DEFUSEDXML:
        raise FileRefused("cannot be read safely here: save it as CSV")
    _refuse_hostile_archive(content)
    try:
        yield from _lines(content, columns, instant)
    except FileRefused:
        raise
    except BROKEN as error:
        # While it loads a book, openpyxl raises its own error from the parser's.
        if isinstance(error, DefusedXmlException) or isinstance(
            error.__cause__, DefusedXmlException
        ):
            raise FileRefused("defines XML entities, which no spreadsheet needs") from error
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
            for one in members:
                # Read in the mode for speed, openpyxl does not tell of merged cells.
                merged = one.filename.startswith("xl/worksheets/") and MERGED.search(
                    archive.read(one)
                )
                if merged:
                    place = merged[1].decode()
                    raise FileRefused(f"has merged cells ({place}): undo it, and fill each cell")
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise FileRefused("is no XLSX, or is protected by a password") from error


def _lines(content: bytes, columns: Sequence[str], instant: str) -> Iterator[Line]:
    from openpyxl import load_workbook  # noqa: PLC0415  see above

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
    if len(book.worksheets) != 1:
        raise FileRefused(f"has {len(book.worksheets)} sheets: leave only the one with responses")
    sheet = book.worksheets[0]
    # What a file says of its own size is not believed.
    sheet.reset_dimensions()
    rows = sheet.iter_rows()
    header = [_text(getattr(one, "value", None)) for one in next(rows, ())]
    positions = positions_of(header, columns)
    for number, row in enumerate(rows, start=2):
        if number > MOST_LINES or len(row) > MOST_COLUMNS:
            raise FileRefused(f"has over {MOST_LINES:,} lines or {MOST_COLUMNS} columns: split it")
        if any(one.value is not None for one in row):
            yield _line(number, row, positions, instant, book.epoch)


def _line(
    number: int, row: Sequence[Any], positions: Mapping[str, int], instant: str, epoch: datetime
) -> Line:
    cells: dict[str, Cell] = {}
    for name, place in positions.items():
        cell = row[place] if place < len(row) else None
        kind, value = getattr(cell, "data_type", "n"), getattr(cell, "value", None)
        if kind == "f":
            return Line(number, problem=f"column {name} holds a formula: paste its value")
        if kind == "e":
            return Line(number, problem=f"column {name} holds an error of the spreadsheet")
        if name == instant:
            cells[name] = _instant(value, epoch)
        else:
            cells[name] = _text(value)
    return Line(number, cells)


def _instant(value: Any, epoch: datetime) -> Cell:  # noqa: ANN401  as the cell holds it
    from openpyxl.utils.datetime import from_excel  # noqa: PLC0415  see above

    found = value
    if isinstance(value, int | float) and not isinstance(value, bool):
        found = from_excel(value, epoch)
    if isinstance(found, datetime):
        return found
    return datetime.combine(found, time()) if isinstance(found, date) else _text(value)


def _text(value: Any) -> str:  # noqa: ANN401  as the cell holds it
    """As people see it: a whole number has no decimals."""
    if value is None:
        return ""
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if whole else value).strip()
