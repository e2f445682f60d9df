"""When an answer of Adobe Analytics is complete, and what its items and columns become."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing_domain.connectors.adobe_analytics_answers import Answer, day_of, hour_of, read
from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import (
    AnswerBroken,
    MisconfiguredSetting,
    PermissionMissing,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DAYS = DayRange.single(date(2026, 10, 27))
# Those of Adobe's own examples that are whole: one page, every row.
WHOLE = ("breakdowns_03", "examples_03", "search-filters_03")


def recorded(cases: Path, name: str) -> dict[str, Any]:
    path = cases / "adobe" / "adobedocs" / f"{name}_response.json"
    if not path.exists():
        pytest.skip("the recorded answers are not on this machine")
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def read_all(ask: Callable[[int], dict[str, Any]], columns: list[str]) -> Answer:
    return read(ask, columns, account_id="aurorashop", days=DAYS)


def page(rows: list[tuple[str, list[float]]], columns: list[str], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "totalPages": 1,
        "totalElements": len(rows),
        "number": 0,
        "columns": {"columnIds": columns},
        "rows": [{"itemId": item, "value": f"item {item}", "data": data} for item, data in rows],
        "summaryData": {"totals": [0.0] * len(columns)},
        **more,
    }


@pytest.mark.parametrize("name", WHOLE)
def test_a_recorded_answer_is_read_column_by_column(cases: Path, name: str):
    body = recorded(cases, name)
    columns = body["columns"]["columnIds"]
    found = read_all(lambda _: body, columns)
    assert [item.item_id for item in found.items] == [row["itemId"] for row in body["rows"]]
    for place, column in enumerate(columns):
        assert [item.values[column] for item in found.items] == [
            row["data"][place] for row in body["rows"]
        ]


def test_the_only_page_of_an_answer_may_say_that_it_is_not_the_last(cases: Path):
    body = recorded(cases, "examples_03")
    assert body["lastPage"] is False
    assert read_all(lambda _: body, ["0"]).pages == 1


@pytest.mark.parametrize("name", ["breakdowns_03", "kpi_00"])
def test_a_recorded_day_s_item_counts_its_months_from_zero(cases: Path, name: str):
    """Adobe's other examples were edited by hand: text and item are of different months."""
    for row in recorded(cases, name)["rows"]:
        day = day_of(row["itemId"])
        assert f"{day:%b} {day.day}" == row["value"].split(",")[0]


def test_a_recorded_first_page_without_the_others_is_refused(cases: Path):
    body = recorded(cases, "breakdowns_01")
    with pytest.raises(AnswerBroken, match="page 1 was asked for and 0 came"):
        read_all(lambda _: body, ["0"])


def test_a_recorded_answer_cut_short_is_refused(cases: Path):
    with pytest.raises(AnswerBroken, match="3 items came, where 7 were due"):
        read_all(lambda _: recorded(cases, "recurring_01"), ["0", "1", "2"])


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31)), st.integers(0, 23))
def test_an_item_of_time_is_its_day_and_hour(day: date, hour: int):
    written = f"1{day.year - 2000:02}{day.month - 1:02}{day.day:02}"
    assert day_of(written) == day
    assert hour_of(f"{written}{hour:02}") == hour_of(f"{written}{hour:02}00") == hour


@pytest.mark.parametrize("item", ["2261027", "126092", "1261231", "Unspecified"])
def test_an_item_that_is_no_time_is_refused(item: str):
    with pytest.raises(ValueError, match=r"no time|month must be"):
        day_of(item)


@given(st.permutations(["visits", "orders", "revenue"]))
def test_columns_are_found_by_their_id_in_whatever_order_they_come(order: list[str]):
    values = {"visits": 5.0, "orders": 2.0, "revenue": 1.5}
    body = page([("1", [values[name] for name in order])], order)
    [item] = read_all(lambda _: body, ["visits", "orders", "revenue"]).items
    assert item.values == values


def test_a_column_that_failed_on_a_later_page_is_failed_of_the_whole_answer():
    errors = [{"columnId": "orders", "errorCode": "not_enabled_metric"}]
    first = page([("1", [5.0, 2.0])], ["visits", "orders"], totalPages=2, totalElements=2)
    second = page([("2", [4.0])], ["visits"], totalPages=2, totalElements=2, number=1)
    second["columns"]["columnErrors"] = errors
    found = read_all([first, second].__getitem__, ["visits", "orders"])
    assert found.failed == {"orders": "not_enabled_metric"}
    assert [item.values["visits"] for item in found.items] == [5.0, 4.0]


def test_a_column_that_is_neither_there_nor_failed_is_refused():
    with pytest.raises(AnswerBroken, match="asked for were visits, orders"):
        read_all(lambda _: page([("1", [5.0])], ["visits"]), ["visits", "orders"])


@pytest.mark.parametrize(
    ("code", "expected"),
    [("unauthorized_metric", PermissionMissing), ("not_enabled_metric", MisconfiguredSetting)],
)
def test_an_answer_of_which_every_column_failed_is_none(code: str, expected: type[Exception]):
    body = page([], [])
    body["columns"]["columnErrors"] = [{"columnId": "visits", "errorCode": code}]
    with pytest.raises(expected, match=f"visits: {code}"):
        read_all(lambda _: body, ["visits"])


def test_a_count_that_changes_between_pages_is_refused():
    first = page([("1", [5.0])], ["visits"], totalPages=2, totalElements=2)
    second = page([("2", [4.0])], ["visits"], totalPages=2, totalElements=3, number=1)
    with pytest.raises(AnswerBroken, match="belongs to another answer"):
        read_all([first, second].__getitem__, ["visits"])


def test_no_item_is_the_empty_text_and_a_value_called_unspecified_is_not():
    body = page([("0", [5.0]), ("7", [1.0])], ["visits"])
    body["rows"][0]["value"] = body["rows"][1]["value"] = "Unspecified"
    assert [item.text for item in read_all(lambda _: body, ["visits"]).items] == [
        "",
        "Unspecified",
    ]
