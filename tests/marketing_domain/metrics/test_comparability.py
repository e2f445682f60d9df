"""The laws that every verdict keeps, and a few verdicts that anybody can follow."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing_domain.metrics.comparability import apply, compare
from marketing_domain.metrics.definition import (
    Counting,
    CreditRule,
    DateBasis,
    Event,
    Levers,
    MetricDefinition,
    Period,
    Quantity,
)
from marketing_domain.metrics.loading import definition

PLAIN_UNITS = ("count", "points", "share", "scale_steps")
WINDOWS = (1, 7, 28, 30, 90)


@st.composite
def definitions(draw: Any) -> MetricDefinition:  # noqa: ANN401
    def one_of(kind: Any) -> Any:  # noqa: ANN401
        return draw(st.sampled_from(get_args(kind)))

    click = draw(st.sampled_from((None, *WINDOWS)))
    money = draw(st.booleans())
    return MetricDefinition(
        metric_id="google_ads.anything",
        platform="google_ads",
        field="metrics.clicks",
        title="Anything",
        meaning="Anything.",
        # few values, so that equal ones are drawn often enough
        quantity=draw(st.sampled_from(get_args(Quantity)[3:5])),
        event=draw(st.sampled_from(get_args(Event)[-3:-1])),
        scope="one_action",
        counting=one_of(Counting),
        credit_rule=draw(st.sampled_from(get_args(CreditRule)[:3])),
        click_window_days=click,
        view_window_days=draw(st.sampled_from((None, 1))),
        engaged_view_window_days=draw(st.sampled_from((None, 3))),
        date_basis=one_of(DateBasis),
        time_zone_basis="account",
        time_zone=draw(st.sampled_from(("Europe/Berlin", "Asia/Tokyo", "reporting"))),
        unit=draw(st.sampled_from(("micros", "decimal_amount") if money else PLAIN_UNITS)),
        currency_basis="account" if money else "no_money",
        currency=draw(st.sampled_from(("EUR", "JPY", "reporting"))) if money else None,
        period=one_of(Period),
        additive_over=(),
        estimated=False,
        fresh_after_hours=1,
        final_after_days=1,
        valid_from=date(2026, 1, 1),
        source="a test",
        levers=Levers(
            by_hour=draw(st.booleans()),
            by_clicks=draw(st.booleans()),
            click_windows=tuple(
                days
                for days in draw(st.sets(st.sampled_from(WINDOWS)))
                if click is not None and days <= click
            ),
            without_views=draw(st.booleans()),
            without_engaged_views=draw(st.booleans()),
            date_bases=tuple(draw(st.sets(st.sampled_from(get_args(DateBasis))))),
            counting=tuple(draw(st.sets(st.sampled_from(get_args(Counting))))),
        ),
    )


@given(definitions())
def test_a_number_compares_with_itself(one: MetricDefinition):
    verdict = compare(one, one)
    assert verdict.outcome == "comparable"
    assert verdict.steps == ()


@given(definitions(), definitions())
def test_the_verdict_does_not_depend_on_who_is_asked_first(
    left: MetricDefinition, right: MetricDefinition
):
    assert compare(left, right).outcome == compare(right, left).outcome
    assert compare(left, right).left_steps == compare(right, left).right_steps


@given(definitions(), definitions())
def test_after_the_named_steps_two_numbers_compare_without_any(
    left: MetricDefinition, right: MetricDefinition
):
    verdict = compare(left, right)
    if verdict.outcome == "not_comparable":
        assert verdict.reasons
        assert not verdict.steps
        return
    after = compare(apply(left, verdict.left_steps), apply(right, verdict.right_steps))
    assert after.outcome == "comparable"


@given(definitions(), definitions(), st.randoms())
def test_the_order_of_the_steps_does_not_matter(
    left: MetricDefinition,
    right: MetricDefinition,
    luck: Any,  # noqa: ANN401
):
    steps = list(compare(left, right).left_steps)
    shuffled = list(steps)
    luck.shuffle(shuffled)
    assert apply(left, tuple(steps)) == apply(left, tuple(shuffled))


@given(definitions(), definitions(), definitions())
def test_two_numbers_that_compare_have_the_same_verdict_on_a_third(
    left: MetricDefinition, right: MetricDefinition, third: MetricDefinition
):
    same = left.model_copy(
        update={"title": right.title, "scope": right.scope, "valid_from": right.valid_from}
    )
    assert compare(left, same).outcome == "comparable"
    assert compare(left, third).outcome == compare(same, third).outcome


@given(definitions(), definitions())
def test_a_common_window_is_never_longer_than_either(
    left: MetricDefinition, right: MetricDefinition
):
    verdict = compare(left, right)
    for step in (*verdict.left_steps, *verdict.right_steps):
        if step.facet == "click_window_days":
            assert isinstance(step.value, int)
            assert step.value <= min(left.click_window_days or 0, right.click_window_days or 0)


def in_berlin(metric_id: str, **chosen: object) -> MetricDefinition:
    money = {"currency": "EUR"} if definition(metric_id).is_money else {}
    return definition(metric_id).model_copy(
        update={"time_zone": "Europe/Berlin", **money, **chosen}
    )


def test_google_clicks_and_metas_outbound_clicks_compare_and_its_other_clicks_do_not():
    google = in_berlin("google_ads.clicks")
    assert compare(google, in_berlin("facebook_ads.outbound_clicks")).outcome == "comparable"
    for other in ("facebook_ads.clicks_all", "facebook_ads.link_clicks"):
        assert compare(google, in_berlin(other)).outcome == "not_comparable"


def test_days_of_two_zones_compare_after_they_are_rebuilt_from_hours():
    tokyo = in_berlin("google_ads.spend", time_zone="Asia/Tokyo", currency="JPY")
    verdict = compare(tokyo, in_berlin("facebook_ads.spend"))
    assert verdict.outcome == "comparable_after"
    assert verdict.exact
    assert verdict.steps == (
        "write money in whole micros",
        "convert to the reporting currency at dated rates",
        "rebuild the reporting day from hours",
    )


def test_conversions_of_another_zone_are_shared_out_by_their_clicks_and_that_is_not_exact():
    tokyo = in_berlin("facebook_ads.purchases_click_7d", time_zone="Asia/Tokyo")
    verdict = compare(tokyo, definition("canonical.purchases"))
    assert verdict.outcome == "comparable_after"
    assert verdict.steps == ("share days out by the hours of clicks",)
    assert not verdict.exact


def test_views_have_no_clicks_to_be_shared_out_by_and_compare_in_whole_weeks():
    tokyo = in_berlin("google_ads.view_through_conversions", time_zone="Asia/Tokyo")
    verdict = compare(tokyo, in_berlin("google_ads.view_through_conversions"))
    assert verdict.steps == ("compare whole weeks",)


def test_a_last_click_purchase_of_google_compares_with_metas_after_four_steps():
    google = in_berlin(
        "google_ads.action_conversions",
        event="purchase",
        counting="every_event",
        credit_rule="last_click_in_platform",
    ).with_click_window(30)
    verdict = compare(google, in_berlin("facebook_ads.purchases_click_7d"))
    assert verdict.steps == (
        "limit to 7 days after clicks",
        "leave out engaged views",
        "date at the conversion",
    )
    assert verdict.right_steps == ()


def test_split_credit_and_counting_once_are_reasons_that_nothing_removes():
    google = in_berlin("google_ads.action_conversions", event="lead", counting="one_per_click")
    verdict = compare(google, in_berlin("facebook_ads.leads_click_7d"))
    assert verdict.outcome == "not_comparable"
    counting, credit = verdict.reasons
    assert counting == "one counts one per click, the other every event"
    assert credit.startswith("they give credit differently: one is data driven in platform")


@pytest.mark.parametrize(
    ("metric_id", "other", "left", "right"),
    [
        ("salesforce.leads", "canonical.leads", "lead record", "lead"),
        ("salesforce.opportunities_won", "canonical.purchases", "opportunity won", "purchase"),
        ("salesforce.amount_won", "canonical.purchase_value", "opportunity won", "purchase"),
        ("salesforce.amount_open", "salesforce.amount_won", "opportunity open", "opportunity won"),
        ("surveys.channel_share", "canonical.claimed_channel_share", "channel named", "purchase"),
    ],
)
def test_what_sales_and_people_say_counts_other_events_than_platforms(
    metric_id: str, other: str, left: str, right: str
):
    verdict = compare(definition(metric_id), definition(other))
    assert verdict.outcome == "not_comparable"
    assert verdict.reasons == (f"they count different events: one is {left}, the other {right}",)


def test_leads_traced_by_an_id_and_by_a_tag_are_two_numbers():
    by_id = definition("salesforce.leads_matched_by_id")
    verdict = compare(by_id, definition("salesforce.leads_matched_by_tag"))
    assert verdict.reasons == (
        "they give credit differently: one is campaign id key, the other campaign tag key",
    )


def test_a_claim_and_what_the_website_saw_differ_in_more_than_a_window():
    claimed = definition("canonical.claimed_purchases")
    verdict = compare(claimed, definition("canonical.observed_purchases"))
    assert verdict.reasons == (
        "engaged views are counted for 3 days by one and for no time at all by the other",
        "views are counted for 1 days by one and for no time at all by the other",
        (
            "they give credit differently: one is decided by platform, the other last non direct"
            " session"
        ),
        "one is dated at the interaction, the other at the conversion",
    )


def test_days_add_up_to_months_and_to_weeks_but_weeks_to_no_month():
    clicks = in_berlin("google_ads.clicks")
    weekly, monthly = (clicks.model_copy(update={"period": one}) for one in ("week", "month"))
    assert compare(clicks, monthly).steps == ("compare whole months",)
    assert compare(clicks, weekly).steps == ("compare whole weeks",)
    verdict = compare(weekly, monthly)
    assert verdict.reasons == ("one is of whole weeks, the other of whole months",)


def test_months_of_two_zones_nearly_coincide():
    views = in_berlin("google_ads.view_through_conversions", period="month")
    tokyo = views.model_copy(update={"time_zone": "Asia/Tokyo"})
    assert compare(views, tokyo).outcome == "comparable"
