"""Google Analytics through its real client libraries, over the wire."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from marketing_domain.connectors import facebook_ads, google_analytics
from marketing_domain.connectors.google_analytics import (
    STREAMS,
    connect,
)
from marketing_domain.connectors.google_analytics_streams import (
    DAY_HOUR,
    SESSIONS,
    Field,
    Report,
)
from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import (
    AnswerBroken,
    CredentialsRejected,
    MisconfiguredSetting,
    PermissionMissing,
    QuotaExhausted,
    TransientFault,
)
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.pulling import pull_accounts
from tests.marketing_domain.sources import sources_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from marketing_domain.connectors.google_analytics import GoogleAnalyticsConnector
    from shared_policies.platform.pulling import PullReport
    from shared_policies.platform.streams import Account, Pull
    from tests.sandbox.process import RunningSandbox

SHOP, AGENCY = "400000001", "400000002"
# With the day on which Berlin turns its clocks back.
DAYS = DayRange(start=date(2026, 10, 24), end=date(2026, 10, 27))


def connected() -> GoogleAnalyticsConnector:
    connector = connect()
    # Waiting is tested elsewhere.
    connector.policy.sleep = lambda _: None
    return connector


def shop() -> Account:
    [found] = connect().accounts().readable
    return found


def pull(stream: str, days: DayRange = DAYS) -> Pull:
    return connected().pull(STREAMS[stream], shop(), days)


def land(stream: str, root: Path) -> PullReport:
    return pull_accounts(
        connected(),
        STREAMS[stream],
        DAYS,
        landing_store=LandingStore(str(root / "landing")),
        threads=2,
        on_progress=lambda _: None,
    )


def fault(sandbox: RunningSandbox, kind: str, *, times: int | None = None, **more: object) -> None:
    """By default of session_hour, whose first metric no other request has."""
    planned = {"kind": kind, "stream": "engagedSessions", "times": times, **more}
    sandbox.set_faults({"source": "google_analytics", **planned})


def sums(rows: Iterable[dict[str, Any]], *keys: str, of: tuple[str, ...]) -> dict[Any, list[float]]:
    """The sums that are not all zero; days as text."""
    found: dict[Any, list[float]] = defaultdict(lambda: [0.0] * len(of))
    for row in rows:
        total = found[tuple(str(row[key]) for key in keys)]
        for position, name in enumerate(of):
            total[position] += row[name]
    return {key: [round(one, 2) for one in total] for key, total in found.items() if any(total)}


def told(sandbox: RunningSandbox, what: str, days: DayRange = DAYS) -> list[dict[str, Any]]:
    asked = {"start": days.start, "end": days.end, "time_zone": "Europe/Berlin"}
    return sandbox.truth(f"google_analytics/{what}", **asked)


def platform_of(row: dict[str, Any]) -> str:
    platforms = {"facebook": "facebook_ads", "facebook.com": "facebook_ads"}
    return "google_ads" if row["google_ads_campaign_id"] else platforms.get(row["source"], "")


def test_a_property_is_an_account_and_one_that_may_not_be_read_is_reported(
    sandbox: RunningSandbox,
):
    listing = connect().accounts()
    [found] = listing.readable
    assert (found.account_id, found.name) == (SHOP, "Aurora Shop")
    assert (found.currency, found.time_zone) == ("EUR", "Europe/Berlin")
    assert set(listing.unreadable) == {AGENCY}
    assert isinstance(listing.unreadable[AGENCY], PermissionMissing)
    assert "Viewer role" in str(listing.unreadable[AGENCY])


def test_only_the_chosen_properties_are_asked_for(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    chosen = sources_file(tmp_path, google_analytics={"accounts": [SHOP, "400000009"]})
    monkeypatch.setenv("MARKETING_SOURCES_FILE", str(chosen))
    listing = connect().accounts()
    assert [account.account_id for account in listing.readable] == [SHOP]
    assert set(listing.unreadable) == {"400000009"}
    assert "google_analytics list_account_summaries -" not in sandbox.requests()


def test_sessions_are_the_truth_s_by_platform_and_day(sandbox: RunningSandbox):
    rows = pull("session_hour").rows.to_pylist()
    for row in rows:
        row.update(platform=platform_of(row), day=row["account_day"])
    of = ("sessions", "engaged_sessions")
    expected = sums(told(sandbox, "sessions"), "platform", "day", of=of)
    assert {platform for platform, _ in expected} == {"google_ads", "facebook_ads", ""}
    assert sums(rows, "platform", "day", of=of) == expected


def test_sessions_after_google_ads_clicks_carry_the_campaign_s_and_the_account_s_id(
    sandbox: RunningSandbox,
):
    rows = [
        row for row in pull("session_hour").rows.to_pylist() if platform_of(row) == "google_ads"
    ]
    accounts = {one["account_id"] for one in sandbox.truth("accounts")}
    assert {row["google_ads_customer_id"] for row in rows} <= accounts
    truth = [row for row in told(sandbox, "sessions") if row["platform"] == "google_ads"]
    of = ("sessions", "engaged_sessions")
    expected = sums(truth, "campaign_id", "day", of=of)
    assert sums(rows, "google_ads_campaign_id", "account_day", of=of) == expected


def test_the_tags_of_meta_s_ads_arrive_as_campaign_and_manual_id(sandbox: RunningSandbox):
    seen = {
        (row["source"], row["medium"], row["campaign_name"], row["manual_campaign_id"])
        for row in pull("session_hour").rows.to_pylist()
    }
    readable = {one["account_id"] for one in sandbox.truth("accounts") if one["readable"]}
    ads = facebook_ads.connect()
    tagged = [
        row
        for account in ads.accounts().readable
        if account.account_id in readable
        for row in ads.pull(facebook_ads.STREAMS["ad"], account, DAYS).rows.to_pylist()
        if "promo" not in row["url_tags"]
    ]
    ids = set()
    for row in tagged:
        tags = {name: values[0] for name, values in parse_qs(row["url_tags"]).items()}
        ids.add(tags.get("utm_id", ""))
        assert ids <= {"", *(ad["campaign_id"] for ad in tagged)}
        expected = (tags["utm_source"], tags["utm_medium"], tags["utm_campaign"])
        assert (*expected, tags.get("utm_id", "")) in seen
    assert ids > {""}


def test_a_campaign_without_tags_is_a_referral_like_any_other(sandbox: RunningSandbox):
    august = DayRange(start=date(2026, 8, 5), end=date(2026, 8, 6))
    rows = [row for row in pull("session_hour", august).rows.to_pylist() if row["sessions"]]
    untagged = [row for row in rows if row["source"] == "facebook.com"]
    assert {(row["medium"], row["campaign_name"]) for row in untagged} == {
        ("referral", "(referral)")
    }
    forgotten = sum(
        row["sessions"]
        for row in told(sandbox, "sessions", august)
        if row["platform"] == "facebook_ads" and row["campaign_id"].endswith("07319")
    )
    assert sum(row["sessions"] for row in untagged) == forgotten > 0


def test_key_events_and_revenue_are_the_truth_s_by_event_campaign_and_day(
    sandbox: RunningSandbox,
):
    rows = pull("key_event_hour").rows.to_pylist()
    events = {"purchase": "purchase", "lead": "generate_lead"}
    truth = [
        {**row, "event_name": events[row["event"]], "revenue": row["value_cents"] / 100}
        for row in told(sandbox, "key_events")
    ]
    of = ("key_events", "revenue")
    google = sums(
        (row for row in truth if row["platform"] == "google_ads"),
        *("event_name", "campaign_id", "day"),
        of=of,
    )
    assert {event for event, _, _ in google} == {"purchase", "generate_lead"}
    ours = [row for row in rows if row["google_ads_campaign_id"]]
    assert sums(ours, "event_name", "google_ads_campaign_id", "account_day", of=of) == google
    everything = sums(truth, "event_name", "day", of=of)
    assert sums(rows, "event_name", "account_day", of=of) == everything


def test_a_lead_form_on_meta_is_not_seen(sandbox: RunningSandbox):
    rows = pull("key_event_hour").rows.to_pylist()
    from_meta = [row for row in rows if platform_of(row) == "facebook_ads"]
    assert {row["event_name"] for row in from_meta} == {"purchase"}


def test_both_reports_tell_of_the_same_key_events(sandbox: RunningSandbox):
    keys = ("account_day", "hour", "source", "campaign_name")
    of = ("key_events", "revenue")
    by_session = sums(pull("session_hour").rows.to_pylist(), *keys, of=of)
    assert by_session == sums(pull("key_event_hour").rows.to_pylist(), *keys, of=of)


def test_sessions_show_four_hours_after_their_hour(sandbox: RunningSandbox):
    today = pull("session_hour", DayRange.single(date(2026, 11, 5))).rows
    assert {row["hour"] for row in today.to_pylist() if row["sessions"]} == {0, 1, 2, 3}


def test_the_repeated_hour_of_the_clock_change_is_one_hour(sandbox: RunningSandbox):
    rows = pull("session_hour", DayRange.single(date(2026, 10, 25))).rows.to_pylist()
    direct = [row["hour"] for row in rows if row["source"] == "(direct)"]
    assert sorted(direct) == list(range(24))


def test_settings_come_as_they_are(sandbox: RunningSandbox):
    assert pull("property").rows.drop_columns(["account_day"]).to_pylist() == [
        {
            "account_id": SHOP,
            "property_name": "Aurora Shop",
            "currency_code": "EUR",
            "time_zone": "Europe/Berlin",
            "industry_category": "SHOPPING",
            "service_level": "GOOGLE_ANALYTICS_STANDARD",
        }
    ]
    events = {row["event_name"]: row for row in pull("key_event").rows.to_pylist()}
    assert events["purchase"]["counting_method"] == "ONCE_PER_EVENT"
    assert events["purchase"]["default_value"] is None
    assert events["purchase"]["default_value_currency"] == ""
    assert not events["purchase"]["custom"]
    assert events["generate_lead"]["counting_method"] == "ONCE_PER_SESSION"
    assert events["generate_lead"]["default_value"] == 20.0
    assert events["generate_lead"]["default_value_currency"] == "EUR"
    [setting] = pull("attribution_setting").rows.to_pylist()
    assert setting["reporting_attribution_model"] == "PAID_AND_ORGANIC_CHANNELS_LAST_CLICK"
    assert setting["other_window"] == "OTHER_CONVERSION_EVENT_LOOKBACK_WINDOW_90_DAYS"
    assert setting["ads_export_scope"] == "PAID_AND_ORGANIC_CHANNELS"


def test_many_small_pages_are_one_large_one(sandbox: RunningSandbox):
    whole = pull("session_hour")
    connector = connected()
    connector.page_size = 50
    paged = connector.pull(STREAMS["session_hour"], shop(), DAYS)
    assert whole.requests == len(DAYS) + 1
    assert paged.requests > whole.requests + 10
    order = [(name, "ascending") for name in ("account_day", *STREAMS["session_hour"].grain)]
    assert paged.rows.sort_by(order).equals(whole.rows.sort_by(order))
    assert paged.quality == whole.quality


def test_a_page_cut_short_lands_nothing(sandbox: RunningSandbox, tmp_path: Path):
    fault(sandbox, "truncated", times=1)
    report = land("session_hour", tmp_path)
    assert isinstance(report.failed[SHOP], AnswerBroken)
    assert "were due" in str(report.failed[SHOP])
    assert not report.records
    assert not list((tmp_path / "landing" / "google_analytics").rglob("pulled_on=*"))


@pytest.mark.parametrize("kind", ["quota", "unavailable"])
def test_what_passes_is_waited_out(sandbox: RunningSandbox, kind: str):
    fault(sandbox, kind, times=2)
    assert pull("session_hour").rows.num_rows > 0
    assert sandbox.faults()[0]["fired"] == 2


def test_a_quota_s_own_wait_is_heeded(sandbox: RunningSandbox):
    fault(sandbox, "quota", seconds=3600.0)
    with pytest.raises(QuotaExhausted, match="property tokens") as refused:
        pull("session_hour")
    assert refused.value.retry_after_seconds == 3600.0
    assert sandbox.faults()[0]["fired"] == 1, "an hour is not waited for"


@pytest.mark.parametrize(
    ("kind", "expected", "said"),
    [
        ("quota", QuotaExhausted, "RESOURCE_EXHAUSTED"),
        ("unavailable", TransientFault, "UNAVAILABLE"),
        ("permission_lost", PermissionMissing, "sufficient permissions"),
        ("api_disabled", MisconfiguredSetting, "SERVICE_DISABLED"),
        ("token_rejected", CredentialsRejected, "GOOGLE_ANALYTICS_REFRESH_TOKEN"),
    ],
)
def test_a_refusal_becomes_the_error_that_says_what_to_do(
    sandbox: RunningSandbox, kind: str, expected: type[Exception], said: str
):
    fault(sandbox, kind)
    with pytest.raises(expected) as refused:
        pull("session_hour")
    assert said in str(refused.value)
    assert f"google_analytics account {SHOP}, 2026-10-24:" in str(refused.value)


def test_a_lost_permission_is_a_failure_that_names_the_property(
    sandbox: RunningSandbox, tmp_path: Path
):
    land("session_hour", tmp_path)
    fault(sandbox, "permission_lost")
    report = land("session_hour", tmp_path)
    assert set(report.failed) == {SHOP}
    with pytest.raises(PermissionMissing, match=SHOP):
        report.raise_for_failures()


def test_an_expired_access_token_is_renewed(sandbox: RunningSandbox):
    fault(sandbox, "token_expired", times=1)
    assert pull("session_hour").rows.num_rows > 0
    assert sandbox.requests()["oauth token -"] >= 2


def test_a_revoked_refresh_token_is_not_tried_again(sandbox: RunningSandbox):
    sandbox.set_faults({"source": "oauth", "kind": "revoked_token", "times": None})
    with pytest.raises(CredentialsRejected, match="GOOGLE_ANALYTICS_REFRESH_TOKEN"):
        connect().accounts()
    assert sandbox.faults()[0]["fired"] == 1


def test_half_a_set_of_credentials_names_the_missing_half(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GOOGLE_ANALYTICS_CLIENT_ID", "real")
    with pytest.raises(MisconfiguredSetting) as refused:
        connect()
    assert "GOOGLE_ANALYTICS_REFRESH_TOKEN" in str(refused.value)
    assert "GOOGLE_ANALYTICS_CLIENT_ID" not in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "flags"),
    [
        ("thresholded", {"subject_to_thresholding": True}),
        ("other_row", {"data_loss_from_other_row": True}),
        ("sampled", {"samples_read": 400, "sampling_space": 1_000}),
    ],
)
def test_what_google_says_of_an_answer_stands_in_the_pull_log_of_its_day(
    sandbox: RunningSandbox, tmp_path: Path, kind: str, flags: dict[str, object]
):
    fault(sandbox, kind, times=1)
    first, *others = land("session_hour", tmp_path).records
    found = json.loads(first.quality_flags)
    assert found.pop("row_count") > 0
    assert found == flags
    assert [list(json.loads(record.quality_flags)) for record in others] == [["row_count"]] * 2


def test_what_thresholding_withheld_is_the_difference_to_the_day_s_own_total(
    sandbox: RunningSandbox, tmp_path: Path
):
    fault(sandbox, "thresholded", times=1)
    first, *others = land("session_hour", tmp_path).records
    assert json.loads(first.control_difference)["sessions"] > 0
    assert [record.control_difference for record in others] == ["", ""]


def test_a_property_that_was_changed_in_between_is_refused(sandbox: RunningSandbox):
    in_dollars = replace(shop(), currency="USD")
    with pytest.raises(AnswerBroken, match="in EUR by the clock of Europe/Berlin"):
        connected().pull(STREAMS["session_hour"], in_dollars, DAYS)


@pytest.mark.parametrize("kind", ["dimension", "metric"])
def test_a_name_that_google_does_not_know_is_google_s_own_error(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch, kind: str
):
    unknown = Field("x", "nonsense", "text")
    report = Report((DAY_HOUR, unknown), (SESSIONS,))
    if kind == "metric":
        report = Report((DAY_HOUR,), (unknown,))
    monkeypatch.setattr(google_analytics, "REPORTS", {"session_hour": report})
    with pytest.raises(MisconfiguredSetting, match=f"nonsense is not a valid {kind}"):
        pull("session_hour")


def test_a_day_without_rows_is_an_answer(sandbox: RunningSandbox):
    empty = pull("session_hour", DayRange.single(date(2027, 1, 1)))
    assert empty.rows.num_rows == 0
    assert empty.quality == {date(2027, 1, 1): {"row_count": 0}}
