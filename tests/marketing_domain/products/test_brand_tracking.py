"""From answers to figures: what is shown, what is withheld, and why."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from marketing_domain.policies import MARKETING
from marketing_domain.products.brand_tracking.candidates import brand_rows, least_sample
from shared_policies.governance.policies.pack import Loosened

QUESTIONS = [
    {"survey_id": "s", "question": name, "survey_title": "A survey", "wording": "How?"}
    for name in ("recommend", "trust")
]


def answers(
    people: int, *, wave: str, month: int, printed_best: int = 1, language: str = "de"
) -> list[dict[str, Any]]:
    """Who likes the brand recommends and trusts it; `printed_best` is on the paper, 1 declared."""
    luck = np.random.default_rng(people + month)
    found = []
    for number in range(people):
        feels = float(luck.normal(7.5, 2.2))
        grade = round(min(max(feels, 0), 10))
        agrees = round(min(max(feels / 2 + luck.normal(0, 0.6), 1), 5))
        about = {
            "survey_id": "s",
            "response_id": f"{wave}-{number}",
            "response_day": date(2026, month, 1 + number % 28),
            "wave": wave,
            "response_language": language,
            "sandbox": True,
        }
        none = dict.fromkeys(("anchor_score", "anchor_low", "anchor_high", "anchor_best"))
        found += [
            {
                **about,
                "question": "recommend",
                "kind": "nps",
                "score": grade,
                "low": 0,
                "high": 10,
                "best": 10,
                **none,
            },
            {
                **about,
                "question": "trust",
                "kind": "scale",
                "score": 6 - agrees if printed_best == 1 else agrees,
                "low": 1,
                "high": 5,
                "best": 1,
                "anchor_score": grade,
                "anchor_low": 0,
                "anchor_high": 10,
                "anchor_best": 10,
            },
        ]
    return found


def rows(given: list[dict[str, Any]], *, smallest_n: int = 30) -> list[dict[str, Any]]:
    return list(brand_rows(given, QUESTIONS, smallest_n=smallest_n))


def of(found: list[dict[str, Any]], **wanted: object) -> list[dict[str, Any]]:
    return [one for one in found if all(one[name] == value for name, value in wanted.items())]


def test_a_wave_whose_scale_was_printed_the_other_way_round_is_withheld_and_no_other():
    found = rows(
        [
            *answers(80, wave="spring", month=4),
            *answers(90, wave="autumn", month=10, printed_best=5),
        ]
    )
    turned = of(found, question="trust", period="autumn", segment="all")
    assert {one["scale_direction"] for one in turned} == {"reversed"}
    assert {one["state"] for one in turned} == {"reversed"}
    assert {one["estimate"] for one in turned} == {None}
    right = of(found, question="trust", period="spring", segment="all")
    assert {(one["scale_direction"], one["state"]) for one in right} == {
        ("as_declared", "published")
    }
    assert {one["state"] for one in of(found, question="recommend", segment="all")} == {"published"}


def test_a_scale_with_1_for_best_is_published_with_the_best_on_top():
    given = answers(60, wave="spring", month=4)
    [trust] = of(rows(given), question="trust", measure="mean", period_kind="wave", segment="all")
    raw = [one["score"] for one in given if one["question"] == "trust"]
    assert trust["estimate"] == pytest.approx(6 - sum(raw) / len(raw))


@pytest.mark.parametrize(("people", "state"), [(29, "too_few"), (30, "published")])
def test_a_figure_stands_on_thirty_people_or_is_not_shown(people: int, state: str):
    found = of(rows(answers(people, wave="w", month=4)), measure="nps", segment="all")
    assert {one["state"] for one in found} == {state}
    assert {one["n"] for one in found} == {people}
    assert {one["estimate"] is None for one in found} == {state == "too_few"}


def test_a_stricter_least_sample_withholds_more():
    given = answers(60, wave="w", month=4)
    assert {one["state"] for one in of(rows(given, smallest_n=61), segment="all")} == {"too_few"}


def test_parts_of_the_people_are_withheld_where_they_are_too_few():
    given = answers(40, wave="w", month=4) + answers(12, wave="w", month=5, language="en")
    found = of(rows(given), measure="nps", period_kind="wave")
    assert {one["segment"]: (one["n"], one["state"]) for one in found} == {
        "all": (52, "published"),
        "language:de": (40, "published"),
        "language:en": (12, "too_few"),
    }


def test_waves_and_calendar_months_are_two_views_of_the_same_people():
    given = answers(40, wave="w", month=4) + answers(50, wave="w", month=5)
    found = of(rows(given), measure="nps", segment="all")
    assert {(one["period_kind"], one["period"]): one["n"] for one in found} == {
        ("wave", "w"): 90,
        ("month", "2026-04"): 40,
        ("month", "2026-05"): 50,
    }


def test_the_least_sample_is_the_policy_s_and_may_only_be_raised():
    assert least_sample() == MARKETING.values_of("SMP-01")["smallest_n"] >= 30
    stricter = MARKETING.tightened({"SMP-01": {"smallest_n": 100}}, by="marketing")
    assert stricter.values_of("SMP-01")["smallest_n"] == 100
    with pytest.raises(Loosened, match="smallest_n"):
        MARKETING.tightened({"SMP-01": {"smallest_n": 10}}, by="marketing")


def test_a_figure_names_the_definition_of_its_measure():
    found = rows(answers(60, wave="w", month=4))
    assert {one["measure"]: one["estimate_definition"] for one in found} == {
        "nps": "surveys.nps@2020-10-14",
        "promoter_share": "surveys.promoter_share@2020-10-14",
        "mean": "surveys.mean_score@2020-10-14",
        "best_two_share": "surveys.best_two_share@2020-10-14",
    }
