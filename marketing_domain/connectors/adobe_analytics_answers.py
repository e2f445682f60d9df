"""How Adobe's answers are read: every page, column by column id.

Belongs here: when an answer is complete, which columns failed, what item ids mean. Does not: which
report is asked (adobe_analytics_streams.py), sending (adobe_analytics.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from marketing_domain.connectors.adobe_analytics_client import SOURCE
from shared_policies.platform.errors import AnswerBroken, MisconfiguredSetting, PermissionMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shared_policies.platform.days import DayRange

NO_VALUE_ID = "0"
TIME_ID = re.compile(r"1(\d{2})(\d{2})(\d{2})(\d{2})?(?:00)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One row; `values` by column, without the columns that failed."""

    item_id: str
    text: str
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The items of all pages. `failed` is Adobe's reason by column: such a column is unknown.

    `totals` are Adobe's own, by column.
    """

    items: Sequence[Item]
    totals: Mapping[str, float]
    failed: Mapping[str, str]
    pages: int


def read(
    ask: Callable[[int], dict[str, Any]],
    columns: Sequence[str],
    *,
    account_id: str,
    days: DayRange,
) -> Answer:
    """`ask` from page 0 on, until the answer's own count of pages is reached.

    Raises:
        AnswerBroken: items are missing, the count changes between pages, or a column is neither
            there nor among those that failed.
        PermissionMissing, MisconfiguredSetting: every column failed.
    """
    try:
        answer = _whole(_pages(ask), columns)
    except (KeyError, TypeError, ValueError) as error:
        wrong = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise AnswerBroken(
            f"{wrong}. Nothing was landed.",
            cure="Run again; if it persists, compare the answer with the API's documentation.",
            source=SOURCE,
            account_id=account_id,
            days=days,
        ) from error
    if answer.failed.keys() >= set(columns):
        raise _all_failed(answer.failed, account_id=account_id, days=days)
    return answer


def day_of(item_id: str) -> date:
    """1YYMMDD with the month from 0 on. Raises ValueError for any other form."""
    return _time(item_id)[0]


def hour_of(item_id: str) -> int:
    """The hour of 1YYMMDDHH, which Adobe also writes with minutes. Raises ValueError likewise."""
    hour = _time(item_id)[1]
    if hour is None:
        raise ValueError(f"the item {item_id!r} is a day, where an hour was due")
    return hour


def _time(item_id: str) -> tuple[date, int | None]:
    found = TIME_ID.fullmatch(item_id)
    if found is None:
        raise ValueError(f"the item {item_id!r} is no time of the form 1YYMMDD or 1YYMMDDHH")
    year, month, day, hour = found.groups()
    return date(2000 + int(year), int(month) + 1, int(day)), int(hour) if hour else None


def _pages(ask: Callable[[int], dict[str, Any]]) -> list[dict[str, Any]]:
    """Adobe's `lastPage` is false on the only page of some answers: the count of pages decides."""
    pages = [ask(0)]
    while len(pages) < int(pages[0]["totalPages"]):
        pages.append(ask(len(pages)))
    for number, page in enumerate(pages):
        told = (page["totalPages"], page["totalElements"])
        if told != (pages[0]["totalPages"], pages[0]["totalElements"]):
            raise ValueError(f"page {number} belongs to another answer than page 0: {told}")
        if page.get("number", number) != number:
            raise ValueError(f"page {number} was asked for and {page['number']} came")
    return pages


def _whole(pages: Sequence[dict[str, Any]], columns: Sequence[str]) -> Answer:
    """Raises KeyError, TypeError or ValueError: it is not."""
    failed = _failed(pages, columns)
    items = [item for page in pages for item in _items(page, columns)]
    due = pages[0]["totalElements"]
    if len(items) != due:
        raise ValueError(f"{len(items)} items came, where {due} were due")
    return Answer(items=items, totals=_totals(pages[0]), failed=failed, pages=len(pages))


def _failed(pages: Sequence[dict[str, Any]], columns: Sequence[str]) -> dict[str, str]:
    """A column that failed on one page is not known of the others either."""
    errors = [one for page in pages for one in page["columns"].get("columnErrors", ())]
    failed = {str(one["columnId"]): str(one["errorCode"]) for one in errors}
    for page in pages:
        came = {str(one) for one in page["columns"]["columnIds"]}
        if came | failed.keys() != set(columns):
            asked, there = ", ".join(columns), ", ".join(sorted(came | failed.keys()))
            raise ValueError(f"the answer holds the columns {there}, asked for were {asked}")
    return failed


def _items(page: dict[str, Any], columns: Sequence[str]) -> list[Item]:
    ids = [str(one) for one in page["columns"]["columnIds"]]
    errors = {str(one["columnId"]) for one in page["columns"].get("columnErrors", ())}
    items = []
    for row in page["rows"]:
        values = dict(zip(ids, row["data"], strict=True))
        kept = {name: float(values[name]) for name in columns if name in values.keys() - errors}
        is_set = row["itemId"] != NO_VALUE_ID
        text = str(row["value"]) if is_set else ""
        items.append(Item(item_id=str(row["itemId"]), text=text, values=kept))
    return items


def _totals(page: dict[str, Any]) -> dict[str, float]:
    ids = [str(one) for one in page["columns"]["columnIds"]]
    return dict(zip(ids, map(float, page["summaryData"]["totals"]), strict=True))


def _all_failed(
    failed: Mapping[str, str], *, account_id: str, days: DayRange
) -> PermissionMissing | MisconfiguredSetting:
    reasons = ", ".join(f"{name}: {code}" for name, code in failed.items())
    forbidden = any(code.startswith("unauthorized") for code in failed.values())
    kind = PermissionMissing if forbidden else MisconfiguredSetting
    return kind(
        f"Adobe answers none of the columns ({reasons}).",
        cure="Give the credential's product profile these metrics and dimensions, or name others.",
        source=SOURCE,
        account_id=account_id,
        days=days,
    )
