"""How Google Analytics' report answers are read: every page, column by column.

Belongs here: when an answer is complete, its values, what it says of its own quality. Does not:
which report is asked (google_analytics_streams.py), sending (google_analytics.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from marketing_domain.connectors.google_analytics_client import SOURCE
from marketing_domain.connectors.google_analytics_streams import TYPES, Field, Report
from shared_policies.platform.errors import AnswerBroken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shared_policies.platform.days import DayRange

NOT_SET = "(not set)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The rows of all pages; `quality` as Google says it of them; clock and currency of both."""

    rows: pa.Table
    quality: Mapping[str, object]
    currency: str
    time_zone: str
    pages: int


def read(
    ask: Callable[[int], Any],
    report: Report,
    *,
    page_size: int,
    account_id: str,
    days: DayRange,
) -> Answer:
    """`ask` from offset 0 on, until as many rows are read as there are by the answer's own count.

    Raises:
        AnswerBroken: a page is cut short, the count changes between pages, or the columns are
            not those that were asked for.
    """
    pages: list[Any] = []
    tables: list[pa.Table] = []
    offset = 0
    while not pages or offset < pages[0].row_count:
        page = ask(offset)
        pages.append(page)
        wrong = _wrong_with(page, report, total=pages[0].row_count, left=page_size, offset=offset)
        if wrong is None:
            try:
                tables.append(decode(page.rows, report))
            except pa.ArrowInvalid as error:
                wrong = f"a value is not of its documented form: {error}"
        if wrong is not None:
            raise AnswerBroken(
                f"{wrong}. Nothing was landed.",
                cure="Run again; if it persists, compare the answer with the API's documentation.",
                source=SOURCE,
                account_id=account_id,
                days=days,
            )
        offset += len(page.rows)
    return Answer(
        rows=_summed(pa.concat_tables(tables), report),
        quality=_quality(pages),
        currency=pages[0].metadata.currency_code,
        time_zone=pages[0].metadata.time_zone,
        pages=len(pages),
    )


def decode(rows: Any, report: Report) -> pa.Table:  # noqa: ANN401
    """Raises pa.ArrowInvalid for a text that is not of its field's form."""
    columns: dict[str, pa.Array] = {}
    for position, field in enumerate(report.dimensions):
        texts = pa.array([row.dimension_values[position].value for row in rows], pa.string())
        columns.update(_dimension(field, texts))
    for position, field in enumerate(report.metrics):
        texts = pa.array([row.metric_values[position].value for row in rows], pa.string())
        columns[field.name] = texts.cast(TYPES[field.kind])
    return pa.table(columns)


def _dimension(field: Field, texts: pa.Array) -> Iterator[tuple[str, pa.Array]]:
    match field.kind:
        case "day":
            yield field.name, _day(texts)
        case "day_hour":
            yield "account_day", _day(pc.utf8_slice_codeunits(texts, 0, 8))
            yield field.name, pc.utf8_slice_codeunits(texts, 8).cast(TYPES[field.kind])
        case "id":
            unset = pc.equal(texts, NOT_SET)
            yield field.name, pc.if_else(unset, "", texts)
        case "digits":
            yield field.name, pc.replace_substring_regex(texts, pattern=r"\D", replacement="")
        case "text" | "whole" | "fraction":
            yield field.name, texts


def _day(texts: pa.Array) -> pa.Array:
    return pc.strptime(texts, format="%Y%m%d", unit="s").cast(pa.date32())


def _wrong_with(page: Any, report: Report, *, total: int, left: int, offset: int) -> str | None:  # noqa: ANN401
    """`left` rows fit on a page; only the last page holds fewer."""
    headers = [header.name for header in (*page.dimension_headers, *page.metric_headers)]
    asked = [field.api_name for field in (*report.dimensions, *report.metrics)]
    if page.rows and headers != asked:
        return f"the answer holds {headers}, asked for were {asked}"
    if page.row_count != total:
        return (
            f"the answer had {total} rows in all, and from row {offset} on it has {page.row_count}"
        )
    due = min(left, total - offset)
    if len(page.rows) != due:
        return (
            f"the page from row {offset} on holds {len(page.rows)} rows, where {due} of {total} "
            "were due"
        )
    return None


def _summed(rows: pa.Table, report: Report) -> pa.Table:
    """Rows that differ only in how they say that an id is not set are one."""
    metrics = [field.name for field in report.metrics]
    keys = [name for name in rows.column_names if name not in metrics]
    sums = rows.group_by(keys, use_threads=False).aggregate([(name, "sum") for name in metrics])
    return sums.select([*keys, *(f"{name}_sum" for name in metrics)]).rename_columns(
        [*keys, *metrics]
    )


def _quality(pages: list[Any]) -> dict[str, object]:
    """Only what is said: a flag that is not set has no entry. The count of rows always has."""
    told = [page.metadata for page in pages]
    samples = told[0].sampling_metadatas
    restricted = {
        restriction.metric_name
        for metadata in told
        for restriction in metadata.schema_restriction_response.active_metric_restrictions
    }
    found = {
        "data_loss_from_other_row": any(one.data_loss_from_other_row for one in told),
        "subject_to_thresholding": any(one.subject_to_thresholding for one in told),
        "samples_read": sum(one.samples_read_count for one in samples),
        "sampling_space": sum(one.sampling_space_size for one in samples),
        "empty_reason": told[0].empty_reason,
        # Metrics that the user may not see arrive as 0.
        "restricted_metrics": sorted(restricted),
        "truncations": [one.data_truncation_message for one in told[0].data_truncation_reasons],
    }
    return {
        "row_count": pages[0].row_count,
        **{name: value for name, value in found.items() if value},
    }
