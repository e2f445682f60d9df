"""The definitions against the platforms' own catalogues of fields."""

from __future__ import annotations

import re
from datetime import date
from typing import get_args

import pytest
from facebook_business.adobjects.adsactionstats import AdsActionStats
from facebook_business.adobjects.adsinsights import AdsInsights
from google.ads.googleads.v26.common.types.metrics import Metrics
from google.ads.googleads.v26.common.types.segments import Segments
from pydantic import ValidationError

from marketing_domain.connectors import adobe_analytics_streams, salesforce_streams
from marketing_domain.connectors.google_analytics_streams import REPORTS
from marketing_domain.connectors.surveys_declared import ChannelQuestion, Nps, Scale
from marketing_domain.metrics.definition import MetricDefinition, PlatformDefinitions
from marketing_domain.metrics.loading import PLATFORMS, every_definition, platform_definitions
from marketing_domain.settings import AdobeAnalyticsSettings

CATALOGUES = {"metrics": set(Metrics.meta.fields), "segments": set(Segments.meta.fields)}
META_FIELDS = {value for name, value in vars(AdsInsights.Field).items() if not name.startswith("_")}
META_BREAKDOWNS = {
    value for name, value in vars(AdsInsights.Breakdowns).items() if not name.startswith("_")
}
META_KEYS = {
    value for name, value in vars(AdsActionStats.Field).items() if not name.startswith("_")
}


def of(platform: str) -> list[MetricDefinition]:
    return [one for one in every_definition() if one.platform == platform]


@pytest.mark.parametrize("one", of("google_ads"), ids=lambda one: one.metric_id)
def test_google_has_every_field_that_a_definition_names(one: MetricDefinition):
    for path in (one.field, *one.needs):
        message, name = path.split(".")
        assert name in CATALOGUES[message], f"Google Ads v26 has no {path}"


@pytest.mark.parametrize("one", of("facebook_ads"), ids=lambda one: one.metric_id)
def test_meta_has_every_field_that_a_definition_names(one: MetricDefinition):
    parts = re.fullmatch(r"(\w+)(?:\[\w+\]\.(\w+))?", one.field)
    assert parts, one.field
    assert parts.group(1) in META_FIELDS, f"insights have no {parts.group(1)}"
    assert parts.group(2) is None or parts.group(2) in META_KEYS, f"actions have no {one.field}"
    assert set(one.needs) <= META_BREAKDOWNS


@pytest.mark.parametrize("one", of("google_analytics"), ids=lambda one: one.metric_id)
def test_analytics_is_asked_for_every_field_that_a_definition_names(one: MetricDefinition):
    """Its library has no catalogue: the API refuses a report with a name that it does not know."""
    asked = {
        field.api_name
        for report in REPORTS.values()
        for field in (*report.dimensions, *report.metrics)
    }
    assert {one.field, *one.needs} <= asked


@pytest.mark.parametrize("one", of("adobe_analytics"), ids=lambda one: one.metric_id)
def test_adobe_is_asked_for_every_field_that_a_definition_names(one: MetricDefinition):
    """Which counter event is a lead, each company says itself."""
    report = adobe_analytics_streams.REPORTS["campaign_hour"]
    settings = AdobeAnalyticsSettings.model_construct(lead_metric="metrics/event7")
    asked = {
        re.sub(r"(?<=event)\d+$", "", name)
        for name in adobe_analytics_streams.asked_metrics(report, settings).values()
    }
    assert one.field in asked
    assert set(one.needs) == {report.dimension, settings.tracking_code_dimension}


@pytest.mark.parametrize("one", of("salesforce"), ids=lambda one: one.metric_id)
def test_salesforce_is_asked_for_every_field_that_a_definition_names(one: MetricDefinition):
    """Fields of the company's own are called as its tracking package calls them by default."""
    asked = {
        f"{found.name}.{column.field}"
        for found in salesforce_streams.OBJECTS.values()
        for column in found.columns
    }
    assert {one.field, *one.needs} <= asked


@pytest.mark.parametrize("one", of("surveys"), ids=lambda one: one.metric_id)
def test_surveys_can_declare_every_kind_of_question_that_a_definition_names(
    one: MetricDefinition,
):
    kinds = {
        kind
        for question in (Nps, Scale, ChannelQuestion)
        for kind in get_args(question.model_fields["kind"].annotation)
    }
    assert {one.field, *one.needs} <= kinds


def test_what_sales_made_of_leads_stands_in_the_company_s_own_weeks_and_money():
    amounts = {"salesforce.amount_open", "salesforce.amount_won", "salesforce.amount_lost"}
    assert {one.metric_id for one in of("salesforce") if one.is_money} == amounts
    for one in of("salesforce"):
        assert (one.period, one.time_zone) == ("week", "reporting")
        assert one.currency == ("reporting" if one.metric_id in amounts else None)


def test_what_people_answer_is_in_the_units_of_its_scale():
    units = {one.metric_id: one.unit for one in of("surveys")}
    assert units == {
        "surveys.respondents": "count",
        "surveys.nps": "points",
        "surveys.promoter_share": "share",
        "surveys.mean_score": "scale_steps",
        "surveys.best_two_share": "share",
        "surveys.people_by_channel": "count",
        "surveys.channel_share": "share",
    }


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_definition_says_where_it_comes_from_and_what_it_means(platform: str):
    assert of(platform)
    for one in of(platform):
        assert one.source
        assert one.title
        assert one.meaning.endswith(".")


def test_reach_and_users_may_be_summed_over_nothing():
    people = [one for one in every_definition() if one.quantity == "reach"]
    assert {one.platform for one in people} == {"google_ads", "facebook_ads"}
    assert all(one.additive_over == () for one in people)


def test_a_field_that_the_model_does_not_know_is_refused():
    found = of("google_ads")[0].model_dump()
    with pytest.raises(ValidationError, match="winodw"):
        MetricDefinition.model_validate({**found, "winodw": 7})


def test_an_amount_without_a_currency_is_refused():
    spend = next(one for one in of("google_ads") if one.quantity == "spend")
    with pytest.raises(ValidationError, match="an amount needs a currency"):
        MetricDefinition.model_validate({**spend.model_dump(), "currency_basis": "no_money"})


@pytest.mark.parametrize("unit", ["points", "share", "scale_steps"])
def test_points_shares_and_steps_are_no_money_and_add_up_to_nothing(unit: str):
    found = of("surveys")[0].model_dump() | {"unit": unit}
    assert not MetricDefinition.model_validate(found).is_money
    with pytest.raises(ValidationError, match="any other unit has none"):
        MetricDefinition.model_validate({**found, "currency_basis": "account"})
    with pytest.raises(ValidationError, match="may be summed over nothing"):
        MetricDefinition.model_validate({**found, "additive_over": ("day",)})


def test_two_definitions_of_one_metric_on_one_day_are_refused():
    one = of("google_ads")[0]
    with pytest.raises(ValidationError, match="two definitions"):
        PlatformDefinitions(platform="google_ads", metrics=(one, one))


def test_a_definition_that_ended_may_be_followed_by_another():
    ended = of("google_ads")[0].model_copy(update={"valid_to": date(2025, 1, 1)})
    follows = of("google_ads")[0].model_copy(update={"valid_from": date(2025, 1, 1)})
    PlatformDefinitions(platform="google_ads", metrics=(ended, follows))


def test_the_dated_ledger_knows_the_changes_of_the_last_years():
    dates = {
        change.changed_on for name in PLATFORMS for change in platform_definitions(name).changes
    }
    assert {date(2025, 6, 10), date(2026, 1, 12)} <= dates
