"""What people really think and remember, against what two products say of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.scenarios.conftest import FIRST_DAY, LAST_DAY

if TYPE_CHECKING:
    from tests.scenarios.conftest import Knowledge

BRANDS = {
    "google": "google_ads",
    "facebook": "facebook_ads",
    "organic": "organic_search",
    "newsletter": "email",
    "friends": "word_of_mouth",
    "elsewhere": "other",
    "no memory": "unknown",
}


@pytest.fixture(scope="session")
def truth(first: Knowledge) -> dict[tuple[str, str], dict[str, Any]]:
    """By survey and month."""
    after = date.fromisoformat(LAST_DAY) + timedelta(days=1)
    found = first.truth("surveys/months", start=FIRST_DAY, end=after)
    return {(one["survey_id"], one["month"][:7]): one for one in found}


def figures(known: Knowledge, measure: str, question: str) -> dict[tuple[str, str], dict[str, Any]]:
    rows = known.product(
        "marketing/brand_tracking",
        f"select * from product where period_kind = 'month' and segment = 'all'"
        f" and measure = '{measure}' and question = '{question}'",
    )
    return {(one["survey_id"], one["period"]): one for one in rows}


def test_a_score_is_that_of_everybody_who_answered(
    first: Knowledge, truth: dict[tuple[str, str], dict[str, Any]]
):
    found = figures(first, "nps", "recommend")
    assert found.keys() == truth.keys()
    for key, row in found.items():
        assert row["n"] == truth[key]["respondents"]
    shown = {key: row for key, row in found.items() if row["state"] == "published"}
    assert shown.keys() == {("brand_tracker", "2026-10"), ("post_purchase", "2026-10")}
    for key, row in shown.items():
        assert row["estimate"] == pytest.approx(truth[key]["nps"])


def test_what_all_buyers_think_lies_in_the_interval(
    first: Knowledge, truth: dict[tuple[str, str], dict[str, Any]]
):
    for key, row in figures(first, "nps", "recommend").items():
        if row["state"] == "published":
            assert row["estimate_low"] <= truth[key]["true_nps"] <= row["estimate_high"]


def test_a_scale_with_1_for_best_counts_upwards_beside_one_with_5(
    first: Knowledge, truth: dict[tuple[str, str], dict[str, Any]]
):
    trust = figures(first, "mean", "trust")["brand_tracker", "2026-10"]
    ease = figures(first, "mean", "easy")["post_purchase", "2026-10"]
    assert trust["estimate"] == pytest.approx(truth["brand_tracker", "2026-10"]["agreement"])
    assert ease["estimate"] == pytest.approx(truth["post_purchase", "2026-10"]["ease"])
    assert {trust["scale_direction"], ease["scale_direction"]} == {"as_declared"}


def test_fewer_than_thirty_people_show_no_figure(first: Knowledge):
    rows = first.product("marketing/brand_tracking", "select * from product")
    few = [one for one in rows if one["n"] < 30]
    assert {one["period"] for one in few} >= {"2026-11"}
    assert {one["state"] for one in few} == {"too_few"}
    assert {one[name] for one in few for name in ("estimate", "estimate_low")} == {None}


def test_what_buyers_say_brought_them_is_counted_as_they_said_it(
    first: Knowledge, truth: dict[tuple[str, str], dict[str, Any]]
):
    rows = first.product(
        "marketing/channel_shares", "select * from product where witness = 'survey'"
    )
    for month in ("2026-10", "2026-11"):
        heard = truth["post_purchase", month]["heard"]
        expected = {BRANDS[name]: count for name, count in heard.items()}
        counted = {
            one["channel"]: one["amount"]
            for one in rows
            if f"{one['month']:%Y-%m}" == month and one["amount"]
        }
        assert counted == expected


def test_the_witnesses_stand_side_by_side_and_are_judged_by_the_survey_s_interval(
    first: Knowledge,
):
    rows = first.product(
        "marketing/channel_shares",
        "select * from product where month = date '2026-10-01' and channel = 'google_ads'",
    )
    by_witness = {one["witness"]: one for one in rows}
    assert by_witness.keys() == {"claimed", "observed", "survey"}
    survey = by_witness["survey"]
    for witness in ("claimed", "observed"):
        share = by_witness[witness]["common_share"]
        expected = (
            "above_interval"
            if share > survey["common_share_high"]
            else "below_interval"
            if share < survey["common_share_low"]
            else "within_interval"
        )
        assert survey[f"{witness}_verdict"] == expected
        assert by_witness[witness]["share_low"] is None


def test_what_was_not_taken_of_a_file_is_listed_and_nothing_is_lost(first: Knowledge):
    path = str(first.mesh.data_dir / "warehouse" / "marketing.duckdb")
    with duckdb.connect(path, read_only=True) as warehouse:
        refused = warehouse.sql(
            "select delivered_in, line_number from intermediate.int_marketing__survey_refusals"
            " order by all"
        ).fetchall()
        lost = warehouse.sql(
            "select sum(responses - accepted - refused - left_out)"
            " from intermediate.int_marketing__survey_deliveries"
        ).fetchall()
    assert refused == [("late answers.csv", line) for line in (3, 5, 6)]
    assert lost == [(0,)]
