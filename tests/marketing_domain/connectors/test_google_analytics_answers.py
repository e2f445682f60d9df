"""When an answer of Google Analytics is complete, and what its texts become."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from marketing_domain.connectors.google_analytics_answers import read
from marketing_domain.connectors.google_analytics_streams import (
    CONTROL,
    DAY,
    DAY_HOUR,
    SESSIONS,
    TRAFFIC,
    Field,
    Report,
)
from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import AnswerBroken

if TYPE_CHECKING:
    from pathlib import Path

SHOP = "400000001"
DAYS = DayRange(start=date(2026, 10, 24), end=date(2026, 10, 27))
RECORDED = (
    "EnglandReportDay",
    "PolandReportDay",
    "ReportWeeklyGermanyResponse",
    "ReportWeeklyPolandResponse",
    "ReportWeeklyRomaniaResponse",
    "Response",
    "ResponseForWeek",
    "ResponseForWeekWithDeficitData",
)


def response(body: dict[str, Any]) -> Any:  # noqa: ANN401
    from google.analytics.data_v1beta import RunReportResponse  # noqa: PLC0415
    from google.protobuf.json_format import ParseDict  # noqa: PLC0415

    known = {name: value for name, value in body.items() if name != "kind"}
    return ParseDict(known, RunReportResponse.pb(RunReportResponse()))


def answered(rows: list[list[str]], report: Report, *, row_count: int | None = None) -> Any:  # noqa: ANN401
    """An answer of these dimension values, each with one of every metric."""
    return response(
        {
            "dimensionHeaders": [{"name": field.api_name} for field in report.dimensions],
            "metricHeaders": [{"name": field.api_name} for field in report.metrics],
            "rows": [
                {
                    "dimensionValues": [{"value": value} for value in row],
                    "metricValues": [{"value": "1"} for _ in report.metrics],
                }
                for row in rows
            ],
            "rowCount": len(rows) if row_count is None else row_count,
        }
    )


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_answer_that_claims_another_number_of_rows_is_refused(cases: Path, name: str):
    path = cases / "ga4" / "patrykdachwitz" / f"runreport_rest_analytics{name}.json"
    body = json.loads(path.read_text())
    users = Report((DAY,), (Field("active_users", "activeUsers", "whole"),))
    how = {"page_size": 100_000, "account_id": "1", "days": DAYS}
    with pytest.raises(AnswerBroken, match="were due"):
        read(lambda _: response(body), users, **how)
    corrected = {**body, "rowCount": len(body["rows"])}
    found = read(lambda _: response(corrected), users, **how)
    assert (found.currency, found.time_zone, found.pages) == ("EUR", "Europe/Warsaw", 1)
    expected = sorted(
        (row["dimensionValues"][0]["value"], int(row["metricValues"][0]["value"]))
        for row in body["rows"]
    )
    rows = found.rows.to_pylist()
    assert sorted((f"{row['account_day']:%Y%m%d}", row["active_users"]) for row in rows) == expected


def test_a_count_that_changes_between_pages_is_refused():
    pages = {
        0: answered([["20261024"], ["20261025"]], CONTROL, row_count=4),
        2: answered([["20261026"]], CONTROL, row_count=3),
    }
    with pytest.raises(AnswerBroken, match="had 4 rows in all, and from row 2 on it has 3"):
        read(pages.__getitem__, CONTROL, page_size=2, account_id=SHOP, days=DAYS)


def test_an_answer_with_other_columns_than_asked_for_is_refused():
    other = answered([["20261024"]], Report((DAY,), (Field("users", "activeUsers", "whole"),)))
    with pytest.raises(AnswerBroken, match="activeUsers"):
        read(lambda _: other, CONTROL, page_size=2, account_id=SHOP, days=DAYS)


def test_a_value_of_another_form_is_refused_with_its_text():
    other = answered([["(other)"]], CONTROL)
    with pytest.raises(AnswerBroken, match=r"\(other\)"):
        read(lambda _: other, CONTROL, page_size=2, account_id=SHOP, days=DAYS)


def test_ids_that_are_not_set_are_empty_and_customer_ids_are_digits():
    report = Report((DAY_HOUR, *TRAFFIC), (SESSIONS,))
    named = ["2026102509", "google", "cpc", "(not set)"]
    rows = [
        [*named, "(not set)", "31", "123-456-7890"],
        [*named, "", "31", "1234567890"],
        [*named, "7", "(not set)", "(not set)"],
    ]
    found = read(
        lambda _: answered(rows, report), report, page_size=9, account_id=SHOP, days=DAYS
    ).rows.to_pylist()
    assert [
        (row["manual_campaign_id"], row["google_ads_campaign_id"], row["google_ads_customer_id"])
        for row in found
    ] == [("", "31", "1234567890"), ("7", "", "")]
    assert [row["sessions"] for row in found] == [2, 1], "what is not set is said in two ways"
    assert {(row["account_day"], row["hour"]) for row in found} == {(date(2026, 10, 25), 9)}
    assert {row["campaign_name"] for row in found} == {"(not set)"}
