"""What a materialisation shows: a table of its first rows, a chart of its days.

Belongs here: values to Markdown. Does not: which values are worth showing.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

LONGEST_CELL = 40
SHOWN_ROWS = 8
WIDTH, HEIGHT, MARGIN, LINE = 640, 160, 24, 16
# A reference to a character never is mark-up, where a backslash before it may itself be escaped.
HARMLESS = {
    **{ord(one): f"&#{ord(one)};" for one in "&<>[]()|\\`*_~!#"},
    **{ord(one): " " for one in "\r\n\t\v\f\x1b\u2028\u2029"},
}
COLOURS = ("#2b6cb0", "#dd6b20", "#2f855a", "#805ad5")


def preview(table: pa.Table, *, of_rows: int) -> dg.MarkdownMetadataValue:
    """The first rows as a Markdown table; nothing in it can break out of its cell.

    `of_rows` is how many there are in all.
    """
    if not table.num_rows:
        return dg.MetadataValue.md("No rows.")
    names = table.column_names
    lines = [f"| {' | '.join(names)} |", f"|{' --- |' * len(names)}"]
    lines += [
        f"| {' | '.join(_cell(row[name]) for name in names)} |"
        for row in table.slice(0, SHOWN_ROWS).to_pylist()
    ]
    shown = min(table.num_rows, SHOWN_ROWS)
    lines.append(f"\n{shown} of {of_rows:,} rows.")
    return dg.MetadataValue.md("\n".join(lines))


def by_day(title: str, series: Mapping[str, Mapping[str, float]]) -> dg.MarkdownMetadataValue:
    """A line per series over its days (YYYY-MM-DD), as an SVG picture."""
    days = sorted({day for values in series.values() for day in values})
    top = max((value for values in series.values() for value in values.values()), default=0.0)
    if not days or top <= 0:
        return dg.MetadataValue.md(f"{title}: nothing to draw.")
    picture = b64encode(_svg(days, series, top).encode()).decode()
    return dg.MetadataValue.md(
        f"**{title}**, {days[0]} to {days[-1]}, highest {top:,.2f}\n\n"
        f"![{title}](data:image/svg+xml;base64,{picture})"
    )


def _svg(days: Sequence[str], series: Mapping[str, Mapping[str, float]], top: float) -> str:
    step = (WIDTH - 2 * MARGIN) / max(len(days) - 1, 1)
    lines = []
    coloured = zip(series.items(), COLOURS * len(series), strict=False)
    for position, ((name, values), colour) in enumerate(coloured):
        points = " ".join(
            f"{MARGIN + index * step:.1f},"
            f"{HEIGHT - MARGIN - values.get(day, 0.0) / top * (HEIGHT - 2 * MARGIN):.1f}"
            for index, day in enumerate(days)
        )
        lines.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
            f'<text x="{MARGIN}" y="{HEIGHT + position * LINE}" fill="{colour}" '
            f'font-family="sans-serif" font-size="12">{_escaped(name)}</text>'
        )
    base = HEIGHT - MARGIN
    axis = f'<line x1="{MARGIN}" y1="{base}" x2="{WIDTH - MARGIN}" y2="{base}" stroke="#999"/>'
    size = f'width="{WIDTH}" height="{HEIGHT + len(series) * LINE}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{axis}{"".join(lines)}</svg>'


def _cell(value: object) -> str:
    text = "" if value is None else f"{value:,.2f}" if isinstance(value, float) else str(value)
    if len(text) > LONGEST_CELL:
        text = f"{text[: LONGEST_CELL - 1]}…"
    return as_text(text)


def as_text(text: str) -> str:
    """`text` in Markdown as nothing but text, on one line: no link, picture, mark-up or cell."""
    return text.translate(HARMLESS)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
