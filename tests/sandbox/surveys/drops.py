"""The institute's files: a wave a month, in whatever form the person saved it who was on duty.

Belongs here: what stands in brand_tracker/. Does not: opinions (respondents).

CSV by one colleague, a workbook by the next, with labels in the respondent's language; and a file
of late answers in which some lines are spoiled.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from openpyxl import Workbook

from tests.sandbox.surveys.respondents import answered_between

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.sandbox.surveys.respondents import Respondent
    from tests.sandbox.world.world import World

WAVES_KEPT = 3
SURVEY, ZONE = "brand_tracker", ZoneInfo("Europe/Berlin")
HEADER = [
    "response_id",
    "email",
    "name",
    "submitted_at",
    "language",
    "wave",
    "q1",
    "q2",
    "q3",
    "q4",
]
AGREEMENT = {
    "EN": ["Strongly agree", "Agree", "Neither", "Disagree", "Strongly disagree"],
    "DE": [
        "Stimme voll zu",
        "Stimme zu",
        "Teils teils",
        "Stimme nicht zu",
        "Stimme gar nicht zu",
    ],
}
# Of the file of late answers.
SPOILED_LINES = {3: "no date", 5: "a grade of 11", 6: "too few fields"}
LATE = "late answers.csv"


def write(folder: Path, world: World, *, as_of: datetime) -> None:
    """All files as they stand at `as_of`; those of another time are gone."""
    target = folder / SURVEY
    target.mkdir(parents=True, exist_ok=True)
    for old in target.iterdir():
        old.unlink()
    for back in range(WAVES_KEPT):
        month = _month(as_of, back)
        wave = _wave(world, month, as_of)
        late = wave[:6] if back == 1 else []
        punctual = wave[len(late) :]
        if month.month % 2:
            (target / f"wave {month:%Y-%m}.csv").write_bytes(_csv(punctual))
        else:
            (target / f"wave {month:%Y-%m}.xlsx").write_bytes(_workbook(punctual))
        if late:
            (target / LATE).write_bytes(_spoiled(late))


def taken(world: World, month: date, as_of: datetime) -> list[Respondent]:
    """Of a month's wave everybody whose line can be read."""
    wave = _wave(world, month, as_of)
    if month != _month(as_of, 1):
        return wave
    return [one for number, one in enumerate(wave, start=2) if number not in SPOILED_LINES]


def _wave(world: World, month: date, as_of: datetime) -> list[Respondent]:
    start = datetime(month.year, month.month, 1, tzinfo=ZONE)
    after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    end = datetime(after.year, after.month, 1, tzinfo=ZONE)
    return list(answered_between(world, "panel", start.astimezone(UTC), min(end, as_of)))


def _month(as_of: datetime, back: int) -> date:
    local = as_of.astimezone(ZONE).date().replace(day=1)
    for _ in range(back):
        local = (local - timedelta(days=1)).replace(day=1)
    return local


def _row(one: Respondent) -> list[object]:
    local = one.at.astimezone(ZONE)
    return [
        one.key,
        one.email,
        one.first_name,
        local.replace(tzinfo=None),
        one.language,
        f"{local:%Y-%m}",
        one.recommends,
        AGREEMENT[one.language][one.agrees - 1],
        one.value,
        one.says,
    ]


def _csv(people: Sequence[Respondent]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(HEADER)
    # 1:30 comes twice when clocks go back, so the offset is written.
    writer.writerows([*row[:3], one.at.isoformat(), *row[4:]] for one, row in _rows(people))
    return text.getvalue().encode("utf-8-sig")


def _rows(people: Sequence[Respondent]) -> list[tuple[Respondent, list[object]]]:
    return [(one, _row(one)) for one in people]


def _workbook(people: Sequence[Respondent]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADER)
    for one in people:
        sheet.append(_row(one))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _spoiled(people: Sequence[Respondent]) -> bytes:
    lines = _csv(people).decode("utf-8-sig").splitlines()
    rows = [line.split(";") for line in lines]
    rows[2][3] = "end of October"
    rows[4][6] = "11"
    del rows[5][5:]
    return "\r\n".join(";".join(row) for row in rows).encode()
