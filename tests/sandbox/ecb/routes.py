"""The ECB's reference rates as the zip file that it publishes every TARGET business day.

Belongs here: the recorded series, continued by a made-up walk to today. Does not: conversion.
Source: ecb.europa.eu/stats/eurofxref; TARGET's closing days are in the ECB's calendar.
"""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from currency_converter.currency_converter import CURRENCY_FILE
from dateutil.easter import easter
from starlette.responses import Response
from starlette.routing import Route

from tests.sandbox.world.randomness import generator

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.sandbox.state import Sandbox

MEMBER = "eurofxref-hist.csv"
PUBLISHED_AT = time(16, 0, tzinfo=ZoneInfo("Europe/Berlin"))


def routes(sandbox: Sandbox) -> list[Route]:
    def rates(_: Request) -> Response:
        sandbox.requests.add("ecb", "rates", None)
        fault = sandbox.faults.next("ecb", "rates", None, "")
        if fault is not None and fault.kind == "html_502":
            return Response("<html>502 Bad Gateway</html>", status_code=502)
        content = _zip(series(sandbox.world.seed, sandbox.as_of))
        if fault is not None and fault.kind == "truncated":
            content = content[: len(content) // 2]
        return Response(content, media_type="application/zip")

    return [Route("/stats/eurofxref/eurofxref-hist.zip", rates)]


def series(seed: int, as_of: datetime) -> list[str]:
    """The file's lines, newest day first, as known at `as_of`."""
    with zipfile.ZipFile(CURRENCY_FILE) as archive:
        header, *known = archive.read(MEMBER).decode().splitlines()
    published = [line for line in known if _published(date.fromisoformat(line[:10])) <= as_of]
    return [header, *_continued(seed, known[0], as_of), *published]


def _continued(seed: int, newest: str, as_of: datetime) -> list[str]:
    day_text, *values = newest.rstrip(",").split(",")
    day = date.fromisoformat(day_text) + timedelta(days=1)
    lines: list[str] = []
    while _published(day) <= as_of:
        if is_business_day(day):
            draw = generator(seed, "ecb", day)
            values = [
                value if value == "N/A" else f"{float(value) * draw.normal(1.0, 0.003):.5g}"
                for value in values
            ]
            lines.insert(0, f"{day},{','.join(values)},")
        day += timedelta(days=1)
    return lines


def is_business_day(day: date) -> bool:
    """TARGET is closed on weekends and six holidays."""
    sunday = easter(day.year)
    movable = {sunday - timedelta(days=2), sunday + timedelta(days=1)}
    fixed = {(1, 1), (5, 1), (12, 25), (12, 26)}
    return day.weekday() < 5 and day not in movable and (day.month, day.day) not in fixed


def _published(day: date) -> datetime:
    return datetime.combine(day, PUBLISHED_AT)


def _zip(lines: list[str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MEMBER, "\n".join(lines) + "\n")
    return buffer.getvalue()
