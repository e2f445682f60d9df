"""Three witnesses side by side: shares, the survey's intervals, and verdicts between them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing_domain.products.channel_shares.candidates import share_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

OCTOBER = date(2026, 10, 1)
AMOUNTS = st.dictionaries(
    st.sampled_from(["google_ads", "facebook_ads", "email", "unknown"]),
    st.integers(1, 400),
    min_size=1,
)


def counts(
    witness: str, amounts: Mapping[str, float], *, days: int = 31, month: date = OCTOBER
) -> list[dict[str, Any]]:
    return [
        {
            "month": month,
            "witness": witness,
            "survey_id": "asked" if witness == "survey" else "",
            "channel": channel,
            "amount": float(amount),
            "days_known": days,
            "sandbox": True,
        }
        for channel, amount in amounts.items()
    ]


def rows(*parts: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """By witness and channel."""
    found = share_rows([row for part in parts for row in part], smallest_n=30)
    return {(one["witness"], one["channel"]): one for one in found}


SURVEY = counts("survey", {"google_ads": 60, "facebook_ads": 40, "email": 20, "unknown": 10})


def test_each_witness_has_the_shares_of_what_itself_counts():
    found = rows(SURVEY, counts("claimed", {"google_ads": 300, "facebook_ads": 100}))
    assert found["survey", "google_ads"]["share"] == pytest.approx(60 / 130)
    assert found["survey", "google_ads"]["common_share"] == pytest.approx(60 / 100)
    assert found["claimed", "google_ads"]["share"] == pytest.approx(300 / 400)
    assert found["claimed", "google_ads"].get("share_low") is None
    assert len({one["channel_means"] for one in found.values()}) == 2


@pytest.mark.parametrize(
    ("google", "verdict"),
    # Wilson's interval of 60 of 100 is 0.502 to 0.691.
    [
        (500, "below_interval"),
        (510, "within_interval"),
        (690, "within_interval"),
        (692, "above_interval"),
    ],
)
def test_a_share_is_judged_by_the_survey_s_interval(google: int, verdict: str):
    claimed = counts("claimed", {"google_ads": google, "facebook_ads": 1_000 - google})
    survey = rows(SURVEY, claimed)["survey", "google_ads"]
    assert survey["claimed_verdict"] == verdict
    assert survey["claimed_note"] is None
    assert survey["observed_verdict"] == "not_comparable"


@pytest.mark.parametrize(
    ("others", "channel", "note"),
    [
        ([], "google_ads", "counted nothing"),
        (counts("claimed", {"google_ads": 6, "facebook_ads": 4}), "email", "not every witness"),
        (
            counts("claimed", {"google_ads": 6, "facebook_ads": 4}, days=20),
            "google_ads",
            "known on 20 days",
        ),
    ],
)
def test_what_cannot_be_compared_says_why(others: list[dict[str, Any]], channel: str, note: str):
    survey = rows(SURVEY, others)["survey", channel]
    assert survey["claimed_verdict"] == "not_comparable"
    assert note in survey["claimed_note"]


def test_too_few_people_give_no_share_and_judge_nobody():
    few = counts("survey", {"google_ads": 10, "facebook_ads": 9, "email": 10})
    claimed = counts("claimed", {"google_ads": 900, "facebook_ads": 100})
    survey = rows(few, claimed)["survey", "google_ads"]
    assert (survey["state"], survey["share"], survey["common_share"]) == ("too_few", None, None)
    assert "too few people" in survey["claimed_note"]


def test_enough_people_of_whom_few_name_an_ad_judge_nobody_either():
    few = counts("survey", {"google_ads": 10, "facebook_ads": 9, "email": 40})
    claimed = counts("claimed", {"google_ads": 900, "facebook_ads": 100})
    survey = rows(few, claimed)["survey", "google_ads"]
    assert (survey["state"], survey["common_share"]) == ("published", None)
    assert "too few people" in survey["claimed_note"]


def test_a_channel_that_nobody_named_this_month_counts_nothing_and_stays():
    september = counts("survey", {"google_ads": 50, "email": 9}, month=date(2026, 9, 1))
    october = counts("survey", {"google_ads": 50, "facebook_ads": 5})
    found = share_rows([*september, *october], smallest_n=30)
    of_email = {one["month"]: one["amount"] for one in found if one["channel"] == "email"}
    assert of_email == {date(2026, 9, 1): 9.0, OCTOBER: 0.0}


@given(AMOUNTS, AMOUNTS)
def test_shares_of_a_witness_are_a_whole_and_do_not_depend_on_another(
    asked: dict[str, int], claimed: dict[str, int]
):
    alone = rows(counts("survey", asked))
    beside = rows(counts("survey", asked), counts("claimed", claimed))
    shown = [one["share"] for one in alone.values() if one["share"] is not None]
    assert not shown or sum(shown) == pytest.approx(1.0)
    for key, one in alone.items():
        assert beside[key]["share"] == one["share"]
        assert beside[key]["common_share_low"] == one["common_share_low"]


@given(AMOUNTS, st.integers(2, 9))
def test_a_claim_as_many_times_as_large_has_the_same_share(claimed: dict[str, int], factor: int):
    once = rows(counts("claimed", claimed))
    many = rows(counts("claimed", {name: factor * one for name, one in claimed.items()}))
    for key, one in once.items():
        assert many[key]["share"] == pytest.approx(one["share"])


def test_each_witness_names_the_definitions_of_what_it_counts():
    found = rows(
        SURVEY, counts("claimed", {"google_ads": 30}), counts("observed", {"google_ads": 20})
    )
    ids = {
        witness: (one["amount_definition"], one["share_definition"])
        for (witness, _), one in found.items()
    }
    assert ids == {
        "claimed": (
            "canonical.claimed_purchases@2020-10-14",
            "canonical.claimed_channel_share@2020-10-14",
        ),
        "observed": (
            "canonical.observed_purchases@2020-10-14",
            "canonical.observed_channel_share@2020-10-14",
        ),
        "survey": (
            "surveys.people_by_channel@2020-10-14",
            "surveys.channel_share@2020-10-14",
        ),
    }
