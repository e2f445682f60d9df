"""From the answers of one day to its rows: what failed in one of them is unknown in all.

Belongs here: rows, totals and quality of a suite's day. Does not: reading an answer
(adobe_analytics_answers.py), asking (adobe_analytics.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from marketing_domain.connectors.adobe_analytics_answers import day_of
from marketing_domain.connectors.adobe_analytics_client import SOURCE
from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import AnswerBroken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from marketing_domain.connectors.adobe_analytics_answers import Answer
    from marketing_domain.connectors.adobe_analytics_streams import Report

Values = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteDay:
    """`control` is what the day comes to by Adobe's own sum."""

    day: date
    rows: Sequence[Values]
    control: Values
    quality: Mapping[str, object]
    requests: int

    @classmethod
    def of_whole(cls, day: date, report: Report, answer: Answer) -> SuiteDay:
        """From one report.

        Raises:
            AnswerBroken: it is of another day.
        """
        if report.item is None:
            _refuse_other_day(day, answer)
        return cls._of(day, report, answer, [(None, answer)], requests=answer.pages)

    @classmethod
    def of_hours(
        cls, day: date, report: Report, by_hour: Answer, found: Sequence[tuple[int, Answer]]
    ) -> SuiteDay:
        """From the report `by_hour` and one for each hour with anything in it."""
        requests = by_hour.pages + sum(answer.pages for _, answer in found)
        return cls._of(day, report, by_hour, found, requests=requests)

    @classmethod
    def _of(
        cls,
        day: date,
        report: Report,
        first: Answer,
        found: Sequence[tuple[int | None, Answer]],
        *,
        requests: int,
    ) -> SuiteDay:
        answers = [first, *(answer for _, answer in found)]
        failed = {name: code for answer in answers for name, code in answer.failed.items()}
        rows = [
            {"account_day": day, **row}
            for hour, answer in found
            for row in _rows(report, answer, hour, without=failed)
        ]
        known = {name: value for name, value in first.totals.items() if name not in failed}
        return cls(
            day=day,
            rows=rows,
            control={"account_day": day, **known},
            quality={"failed_columns": failed} if failed else {},
            requests=requests,
        )


def table(
    rows: Sequence[Mapping[str, object]], schema: pa.Schema, *, account_id: str, days: DayRange
) -> pa.Table:
    """Raises AnswerBroken: a count has decimals."""
    try:
        return pa.Table.from_pylist(list(rows), schema=schema)
    except pa.ArrowInvalid as error:
        raise AnswerBroken(
            f"a column holds what it cannot: {error}. Nothing was landed.",
            cure="If ADOBE_ANALYTICS_LEAD_METRIC is no counter event, name one that is.",
            source=SOURCE,
            account_id=account_id,
            days=days,
        ) from error


def _rows(
    report: Report, answer: Answer, hour: int | None, *, without: Mapping[str, str]
) -> Iterator[Values]:
    for item in answer.items:
        named: Values = {}
        if report.item is not None:
            named = dict(zip(report.item, (item.item_id, item.text), strict=True))
        if hour is not None:
            named["hour"] = hour
        yield named | {name: one for name, one in item.values.items() if name not in without}


def _refuse_other_day(day: date, answer: Answer) -> None:
    for item in answer.items:
        if day_of(item.item_id) != day:
            raise AnswerBroken(
                f"the item {item.item_id} ({item.text}) is of another day. Nothing was landed.",
                cure="Compare the item's id with the API's documentation.",
                source=SOURCE,
                days=DayRange.single(day),
            )
