"""Google Ads through its real client library, over the wire."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from marketing_domain.connectors import google_ads
from marketing_domain.connectors.google_ads import REPORTS, STREAMS, Column, Report, connect, decode
from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import (
    AnswerBroken,
    ApiVersionRetired,
    CredentialsRejected,
    MisconfiguredSetting,
    PermissionMissing,
    QuotaExhausted,
    TransientFault,
)

if TYPE_CHECKING:
    from pathlib import Path

    from shared_policies.platform.streams import Account, Pull
    from tests.sandbox.process import RunningSandbox

DAYS = DayRange(start=date(2026, 10, 24), end=date(2026, 10, 27))


def berlin() -> Account:
    return next(one for one in connect().accounts().readable if one.currency == "EUR")


def pull(stream: str) -> Pull:
    connector = connect()
    # Waiting is tested elsewhere.
    connector.policy.sleep = lambda _: None
    return connector.pull(STREAMS[stream], berlin(), DAYS)


def test_every_account_below_the_manager_is_found_and_a_cancelled_one_reported(
    sandbox: RunningSandbox,
):
    listing = connect().accounts()
    truth = {
        one["account_id"] for one in sandbox.truth("accounts") if one["platform"] == "google_ads"
    }
    assert {account.account_id for account in listing.readable} == truth
    assert "CANCELED" in str(listing.unreadable["1999999999"])


def test_a_quota_error_is_waited_out(sandbox: RunningSandbox):
    sandbox.set_faults(
        {"source": "google_ads", "kind": "quota", "stream": "segments.hour", "times": 2}
    )
    assert pull("campaign_hour").rows.num_rows > 0
    assert sandbox.faults()[0]["fired"] == 2


def test_a_quota_that_stays_exhausted_is_an_error_that_says_so(sandbox: RunningSandbox):
    sandbox.set_faults(
        {"source": "google_ads", "kind": "quota", "stream": "segments.hour", "times": None}
    )
    with pytest.raises(QuotaExhausted, match="RESOURCE_EXHAUSTED"):
        pull("campaign_hour")


def test_a_stream_that_breaks_off_is_read_again_from_the_start(sandbox: RunningSandbox):
    whole = pull("campaign_hour").rows.num_rows
    sandbox.set_faults(
        {
            "source": "google_ads",
            "kind": "reset_mid_stream",
            "stream": "segments.hour",
            "after_rows": 5,
        }
    )
    assert pull("campaign_hour").rows.num_rows == whole
    assert sandbox.faults()[0]["fired"] == 1


@pytest.mark.parametrize(
    ("kind", "expected", "said"),
    [
        ("transient", TransientFault, "internal_error.TRANSIENT_ERROR"),
        ("permission_lost", PermissionMissing, "USER_PERMISSION_DENIED"),
        ("version_retired", ApiVersionRetired, "v26"),
    ],
)
def test_a_refusal_becomes_the_error_that_says_what_to_do(
    sandbox: RunningSandbox, kind: str, expected: type[Exception], said: str
):
    sandbox.set_faults(
        {"source": "google_ads", "kind": kind, "stream": "segments.hour", "times": None}
    )
    with pytest.raises(expected) as refused:
        pull("campaign_hour")
    assert said in str(refused.value)
    assert "account 1000000001, 2026-10-24 to 2026-10-26" in str(refused.value)


def test_an_expired_access_token_is_renewed(sandbox: RunningSandbox):
    sandbox.set_faults(
        {"source": "google_ads", "kind": "stale_token", "stream": "segments.hour", "times": 1}
    )
    assert pull("campaign_hour").rows.num_rows > 0
    assert sandbox.requests()["oauth token -"] >= 2


def test_a_revoked_refresh_token_is_not_tried_again(sandbox: RunningSandbox):
    sandbox.set_faults({"source": "oauth", "kind": "revoked_token", "times": None})
    with pytest.raises(CredentialsRejected, match="GOOGLE_ADS_REFRESH_TOKEN"):
        connect().accounts()
    assert sandbox.faults()[0]["fired"] == 1


def test_half_a_set_of_credentials_names_the_missing_half(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GOOGLE_ADS_DEVELOPER_TOKEN", "real")
    with pytest.raises(MisconfiguredSetting) as refused:
        connect()
    assert "GOOGLE_ADS_REFRESH_TOKEN" in str(refused.value)
    assert "GOOGLE_ADS_DEVELOPER_TOKEN" not in str(refused.value)


def test_a_field_that_google_does_not_know_is_google_s_own_query_error(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    unknown = Report("campaign", (Column("x", "campaign.nonsense", "text"),), dated=False)
    monkeypatch.setattr(google_ads, "REPORTS", {**REPORTS, "campaign": unknown})
    with pytest.raises(MisconfiguredSetting, match=r"UNRECOGNIZED_FIELD.*campaign\.nonsense"):
        pull("campaign")


def test_an_enum_value_newer_than_the_client_library_is_kept_as_its_number(
    sandbox: RunningSandbox,
):
    sandbox.set_faults({"source": "google_ads", "kind": "unknown_enum", "times": None})
    assert "9999" in pull("campaign").rows["channel_type"].to_pylist()


def test_conversion_actions_come_with_their_windows_and_counting(sandbox: RunningSandbox):
    actions = {
        row["conversion_action_name"]: row for row in pull("conversion_action").rows.to_pylist()
    }
    assert actions["Purchase"]["counting_type"] == "MANY_PER_CLICK"
    assert actions["Lead form"]["counting_type"] == "ONE_PER_CLICK"
    assert actions["Purchase"]["click_window_days"] == 30
    assert not actions["Any purchase (secondary)"]["include_in_conversions_metric"]


def test_lag_buckets_add_up_to_the_campaign_s_conversions(sandbox: RunningSandbox):
    by_day = pull("campaign_day").rows.to_pylist()
    by_lag = pull("campaign_conversion").rows.to_pylist()
    total = sum(row["conversions"] for row in by_day)
    assert total > 0
    assert sum(row["conversions"] for row in by_lag) == pytest.approx(total)
    assert {row["lag_bucket"] for row in by_lag} > {"LESS_THAN_ONE_DAY"}


def test_the_repeated_hour_of_the_clock_change_is_one_hour(sandbox: RunningSandbox):
    hours = [
        row["hour"]
        for row in pull("campaign_hour").rows.to_pylist()
        if row["account_day"] == date(2026, 10, 25) and row["campaign_id"] == "3100000"
    ]
    assert sorted(hours) == sorted(set(hours))
    assert len(hours) <= 24


@pytest.mark.parametrize(
    "name", ["googleAdwordsResponseApiJune", "adwordsGoogleReportWeeklyPolandResponse"]
)
def test_answers_recorded_from_google_are_read_to_the_last_micro(cases: Path, name: str):
    from google.ads.googleads.v26.services.types.google_ads_service import (  # noqa: PLC0415
        SearchGoogleAdsStreamResponse,
    )
    from google.protobuf.json_format import ParseDict  # noqa: PLC0415

    path = cases / "google_ads" / "patrykdachwitz" / f"searchstream_rest_{name}.json"
    bodies = [body for body in _bodies(json.loads(path.read_text())) if body.get("results")]
    assert bodies
    kind = type(SearchGoogleAdsStreamResponse.pb(SearchGoogleAdsStreamResponse()))
    batches = [ParseDict(body, kind(), ignore_unknown_fields=True) for body in bodies]
    paths = list(batches[0].field_mask.paths)
    report = Report("customer", tuple(_column(path) for path in paths), dated=True)
    table = decode(batches, report, account_id="1", days=None)
    expected = sum(
        int(row["metrics"].get("costMicros", 0)) for body in bodies for row in body["results"]
    )
    assert sum(table["metrics.cost_micros"].to_pylist()) == expected


def test_an_answer_with_other_fields_than_asked_for_is_refused(cases: Path):
    from google.ads.googleads.v26.services.types.google_ads_service import (  # noqa: PLC0415
        SearchGoogleAdsStreamResponse,
    )

    batch = SearchGoogleAdsStreamResponse.pb(SearchGoogleAdsStreamResponse())
    batch.field_mask.paths.append("metrics.clicks")
    with pytest.raises(AnswerBroken, match=r"metrics\.cost_micros"):
        decode([batch], google_ads.CONTROL, account_id="1", days=None)


def _bodies(found: object) -> list[dict]:
    if isinstance(found, dict):
        return [found]
    assert isinstance(found, list)
    return [body for part in found for body in _bodies(part)]


def _column(path: str) -> Column:
    kinds = {"segments.date": "day", "metrics.cost_micros": "whole", "metrics.clicks": "whole"}
    fraction = path.startswith("metrics.") and path not in kinds
    return Column(path, path, kinds.get(path, "fraction" if fraction else "text"))


def test_a_pull_says_which_days_it_is_the_answer_for(sandbox: RunningSandbox):
    found = pull("account_day")
    assert found.days == DAYS
    assert set(found.rows["account_day"].to_pylist()) <= set(DAYS)
    assert found.sandbox
    assert DAYS.last_day == DAYS.end - timedelta(days=1)
