"""What accounts chose, laid over the defaults; a change is a period that ends on its day."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from marketing_domain.metrics.account_settings import (
    analytics_settings,
    effective_definitions,
    facebook_settings,
    google_settings,
    suite_settings,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from marketing_domain.metrics.account_settings import EffectiveDefinition, Settings

MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 2), date(2026, 11, 3), date(2026, 11, 4)


def google_account(day: date, **chosen: str) -> dict[str, Any]:
    own = {"currency_code": "EUR", "time_zone": "Europe/Berlin", "account_name": "Shop"}
    return {"account_id": "1", "account_day": day, **own, **chosen}


def google_action(day: date, **chosen: object) -> dict[str, Any]:
    return {
        "account_id": "1",
        "account_day": day,
        "conversion_action_id": "77",
        "conversion_action_name": "Purchase",
        "category": "PURCHASE",
        "counting_type": "MANY_PER_CLICK",
        "attribution_model": "GOOGLE_ADS_LAST_CLICK",
        "click_window_days": 30,
        "include_in_conversions_metric": True,
        "primary_for_goal": True,
        **chosen,
    }


def periods(settings: Iterable[Settings], metric_id: str) -> list[EffectiveDefinition]:
    found = effective_definitions(settings)
    return [one for one in found if one.definition.metric_id == metric_id]


def test_google_s_conversion_action_decides_about_window_counting_and_credit():
    chosen = google_action(
        MONDAY,
        category="SUBMIT_LEAD_FORM",
        counting_type="ONE_PER_CLICK",
        attribution_model="GOOGLE_SEARCH_ATTRIBUTION_DATA_DRIVEN",
        click_window_days=14,
    )
    settings = google_settings([google_account(MONDAY)], [chosen])
    [found] = periods(settings, "google_ads.action_conversions")
    one = found.definition
    assert (one.event, one.counting, one.credit_rule, one.click_window_days) == (
        "lead",
        "one_per_click",
        "data_driven_in_platform",
        14,
    )
    assert one.final_after_days == 15
    assert max(one.levers.click_windows) <= 14, "a longer window can no longer be had"


def test_a_changed_window_ends_one_period_and_begins_another():
    looks = [google_action(MONDAY), google_action(TUESDAY), google_action(WEDNESDAY)]
    looks[2]["click_window_days"] = 7
    settings = google_settings([google_account(MONDAY)], looks)
    old, new = periods(settings, "google_ads.action_conversions")
    assert old.definition.valid_to == new.definition.valid_from == WEDNESDAY
    assert (old.definition.click_window_days, new.definition.click_window_days) == (30, 7)
    assert old.changed == {}
    assert new.changed == {"click_window_days": (30, 7), "final_after_days": (31.0, 8.0)}


def test_what_is_looked_at_twice_alike_is_one_period():
    looks = [google_action(day) for day in (MONDAY, TUESDAY, WEDNESDAY)]
    settings = google_settings([google_account(MONDAY)], looks)
    [found] = periods(settings, "google_ads.action_conversions")
    assert found.definition.valid_to is None


def test_an_account_s_new_time_zone_holds_for_its_actions_from_the_same_day_on():
    accounts = [google_account(MONDAY), google_account(TUESDAY, time_zone="Asia/Tokyo")]
    looks = [google_action(MONDAY), google_action(TUESDAY)]
    for metric_id in ("google_ads.spend", "google_ads.action_conversions"):
        old, new = periods(google_settings(accounts, looks), metric_id)
        assert (old.definition.time_zone, new.definition.time_zone) == (
            "Europe/Berlin",
            "Asia/Tokyo",
        )
        assert new.definition.valid_from == TUESDAY


def test_meta_s_attribution_spec_decides_about_the_ad_set_s_windows():
    account = {
        "account_id": "2",
        "account_day": MONDAY,
        "account_name": "Social",
        "currency": "USD",
        "timezone_name": "America/New_York",
    }

    def ad_set(day: date, *spec: tuple[str, int]) -> dict[str, Any]:
        text = json.dumps([{"event_type": kind, "window_days": days} for kind, days in spec])
        return {
            "account_id": "2",
            "account_day": day,
            "ad_set_id": "9",
            "ad_set_name": "Broad",
            "attribution_spec": text,
        }

    looks = [
        ad_set(MONDAY, ("CLICK_THROUGH", 7), ("VIEW_THROUGH", 1)),
        ad_set(TUESDAY, ("CLICK_THROUGH", 1)),
    ]
    old, new = periods(facebook_settings([account], looks), "facebook_ads.purchases_default")
    assert (old.definition.click_window_days, old.definition.view_window_days) == (7, 1)
    assert (new.definition.click_window_days, new.definition.view_window_days) == (1, None)
    assert new.changed["view_window_days"] == (1, None)
    assert new.definition.valid_from == TUESDAY


def test_a_property_s_new_lookback_window_does_not_reach_into_the_past():
    own = {"currency_code": "EUR", "time_zone": "Europe/Berlin", "property_name": "Shop"}
    properties = [{"account_id": "3", "account_day": MONDAY, **own}]
    key_events = [
        {
            "account_id": "3",
            "account_day": day,
            "event_name": "purchase",
            "counting_method": "ONCE_PER_EVENT",
        }
        for day in (MONDAY, TUESDAY)
    ]
    attribution = [
        {"account_id": "3", "account_day": day, "other_window": f"OTHER_{days}_DAYS"}
        for day, days in ((MONDAY, 90), (TUESDAY, 30))
    ]
    settings = analytics_settings(properties, key_events, attribution)
    old, new = periods(settings, "google_analytics.purchases")
    assert (old.definition.click_window_days, new.definition.click_window_days) == (90, 30)
    assert new.definition.valid_from == TUESDAY


def test_a_report_suite_decides_about_zone_and_currency_from_the_day_on_which_it_was_changed():
    def suite(day: date, currency: str) -> dict[str, Any]:
        own = {"currency_code": currency, "time_zone": "Europe/London", "suite_name": "Shop"}
        return {"account_id": "aurorashop", "account_day": day, **own}

    settings = suite_settings([suite(MONDAY, "EUR"), suite(TUESDAY, "GBP")])
    old, new = periods(settings, "adobe_analytics.order_value")
    assert (old.definition.currency, new.definition.currency) == ("EUR", "GBP")
    assert new.definition.valid_from == TUESDAY
    assert new.subject_name == "Shop"
    assert new.definition.time_zone == "Europe/London"
