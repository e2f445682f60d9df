"""From a dropped file to its lines: CSV as spreadsheets and survey tools save it.

Belongs here: encodings, delimiters, and what of them is refused. Does not: workbooks
(surveys_workbooks), what a column means (surveys_answers).

No reason repeats what stands in a cell: it may be about a person.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_BYTES = 20_000_000
MOST_LINES = 200_000
MOST_COLUMNS = 500
DELIMITERS = (",", ";", "\t")
Cell = str | datetime


class FileRefused(ValueError):
    """Nothing of the file can be read; says why, and the cure."""


@dataclass(frozen=True, slots=True)
class Line:
    """One response as delivered. `problem` says why it cannot be read; then there are no cells."""

    number: int
    cells: Mapping[str, Cell] = field(default_factory=dict)
    problem: str = ""


def csv_lines(content: bytes, *, columns: Sequence[str]) -> Iterator[Line]:
    """The lines below the header, with the declared `columns` and no others.

    Raises:
        FileRefused: before any line.
    """
    # A byte that is not UTF-8 stays recognisable in its line, and spoils no other.
    text = content.decode("utf-8-sig", errors="surrogateescape")
    physical = text.splitlines(keepends=True)
    if len(physical) > MOST_LINES:
        raise FileRefused(f"has more than {MOST_LINES:,} lines: split it")
    if not physical:
        raise FileRefused("is empty: a wave without responses has at least its header")
    delimiter = max(DELIMITERS, key=physical[0].count)
    header = next(csv.reader([physical[0]], delimiter=delimiter), [])
    positions = positions_of(header, columns)
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


def positions_of(header: Sequence[str], columns: Sequence[str]) -> Mapping[str, int]:
    """Where the declared columns stand.

    Raises:
        FileRefused: one is missing or stands twice, or there are far too many.
    """
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
