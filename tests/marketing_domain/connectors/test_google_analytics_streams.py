"""What Google Analytics is asked by name."""

from __future__ import annotations

from datetime import date

from marketing_domain.connectors.google_analytics import run_report_request, settings_table
from marketing_domain.connectors.google_analytics_streams import CONTROL, REPORTS, SETTINGS
from shared_policies.platform.days import DayRange

SHOP = "400000001"
DAYS = DayRange(start=date(2026, 10, 24), end=date(2026, 10, 27))


def test_requests_name_what_the_api_calls_it():
    asked = {
        name: run_report_request(SHOP, DAYS, report, offset=0, limit=9)
        for name, report in (*REPORTS.items(), ("control", CONTROL))
    }
    traffic = [
        "sessionSource",
        "sessionMedium",
        "sessionCampaignName",
        "sessionManualCampaignId",
        "sessionGoogleAdsCampaignId",
        "sessionGoogleAdsCustomerId",
    ]
    names = {name: [one["name"] for one in body["dimensions"]] for name, body in asked.items()}
    assert names["session_hour"] == ["dateHour", *traffic]
    assert names["key_event_hour"] == ["dateHour", "eventName", *traffic]
    assert names["control"] == ["date"]
    metrics = {name: [one["name"] for one in body["metrics"]] for name, body in asked.items()}
    assert metrics["session_hour"] == ["sessions", "engagedSessions", "keyEvents", "totalRevenue"]
    assert metrics["key_event_hour"] == ["keyEvents", "totalRevenue"]
    assert metrics["control"] == ["sessions"]
    assert asked["control"]["date_ranges"] == [
        {"start_date": "2026-10-24", "end_date": "2026-10-26"}
    ]
    [only] = [name for name, body in asked.items() if "dimension_filter" in body]
    assert only == "key_event_hour"
    assert asked[only]["dimension_filter"]["filter"]["field_name"] == "isKeyEvent"


def test_an_enum_value_newer_than_the_client_library_is_kept_as_its_number():
    from google.analytics.admin_v1alpha import KeyEvent  # noqa: PLC0415

    event = KeyEvent.pb(KeyEvent())
    event.counting_method = 99
    [row] = settings_table([event], SETTINGS["key_event"], SHOP, date(2026, 1, 1)).to_pylist()
    assert row["counting_method"] == "99"
