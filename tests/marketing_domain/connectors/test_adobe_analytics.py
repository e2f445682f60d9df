"""Adobe Analytics through its connector, over the wire."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from marketing_domain.connectors.adobe_analytics import STREAMS, connect
from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import (
    AnswerBroken,
    CredentialsRejected,
    MisconfiguredSetting,
    PermissionMissing,
    QuotaExhausted,
    TransientFault,
)
from tests.marketing_domain.sources import sources_file

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from marketing_domain.connectors.adobe_analytics import AdobeAnalyticsConnector
    from shared_policies.platform.streams import Account, Pull
    from tests.sandbox.process import RunningSandbox

SHOP, AGENCY, PAID_ONLY = "aurorashop", "auroraagency", "vrs_aurora0_paid"
# With the day on which London turns its clocks back.
DAYS = DayRange(start=date(2026, 10, 25), end=date(2026, 10, 27))
DAY = DayRange.single(date(2026, 10, 27))
RESULTS = ("orders", "revenue", "leads")


def connected() -> AdobeAnalyticsConnector:
    connector = connect()
    # Waiting is tested elsewhere.
    connector.policy.sleep = lambda _: None
    return connector


def shop() -> Account:
    [found] = [one for one in connect().accounts().readable if one.account_id == SHOP]
    return found


def pull(stream: str, days: DayRange = DAY) -> Pull:
    return connected().pull(STREAMS[stream], shop(), days)


def fault(sandbox: RunningSandbox, kind: str, **more: object) -> None:
    sandbox.set_faults({"source": "adobe_analytics", "operation": "reports", "kind": kind, **more})


def totals(rows: Iterable[dict[str, Any]], *names: str) -> dict[str, float]:
    found: Counter[str] = Counter()
    for row in rows:
        found.update({name: row[name] for name in names})
    return {name: round(found[name], 2) for name in names}


def told(sandbox: RunningSandbox, what: str, days: DayRange) -> list[dict[str, Any]]:
    asked = {"start": days.start, "end": days.end, "time_zone": "Europe/London"}
    return sandbox.truth(f"adobe_analytics/{what}", **asked)


def test_a_suite_is_an_account_with_its_own_zone_and_currency_and_all_pages_are_turned(
    sandbox: RunningSandbox,
):
    listing = connect().accounts()
    # Adobe lists a suite whose reports this credential may not read: pulling it tells.
    assert {one.account_id for one in listing.readable} == {SHOP, AGENCY}
    assert (listing.readable[0].currency, listing.readable[0].time_zone) == ("EUR", "Europe/London")


@pytest.mark.usefixtures("sandbox")
def test_a_virtual_suite_shows_another_s_visits_again_and_is_pulled_only_if_chosen(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    chosen = sources_file(tmp_path, adobe_analytics={"accounts": [PAID_ONLY]})
    monkeypatch.setenv("MARKETING_SOURCES_FILE", str(chosen))
    assert PAID_ONLY in {one.account_id for one in connect().accounts().readable}


def test_visits_and_orders_are_the_truth_s_also_on_the_day_with_25_hours(sandbox: RunningSandbox):
    rows = pull("campaign_hour", DAYS).rows.to_pylist()
    visits, orders = told(sandbox, "visits", DAYS), told(sandbox, "orders", DAYS)
    for day in DAYS:
        of_day = [row for row in rows if row["account_day"] == day]
        begun = sum(row["visits"] for row in visits if row["day"] == str(day))
        assert begun > 100
        assert totals(of_day, "visits_begun") == {"visits_begun": begun}
        events = [row for row in orders if row["day"] == str(day)]
        bought = [row for row in events if row["event"] == "purchase"]
        assert totals(of_day, *RESULTS) == {
            "orders": sum(row["orders"] for row in bought),
            "revenue": sum(row["value_cents"] for row in bought) / 100,
            "leads": sum(row["orders"] for row in events if row["event"] == "lead"),
        }


@pytest.mark.usefixtures("sandbox")
def test_a_visit_is_in_every_hour_it_touches_and_begins_in_one_of_them():
    rows = pull("campaign_hour").rows.to_pylist()
    whole = pull("suite_day").rows.to_pylist()
    assert totals(rows, "visits_begun")["visits_begun"] == whole[0]["visits_begun"]
    assert totals(rows, "visits")["visits"] > whole[0]["visits"]


@pytest.mark.usefixtures("sandbox")
def test_channels_and_hours_come_to_what_adobe_itself_says_of_the_day():
    for stream in ("channel_day", "campaign_hour"):
        answer = pull(stream)
        assert answer.control_totals is not None
        [control] = answer.control_totals.to_pylist()
        for name in STREAMS[stream].residual:
            assert totals(answer.rows.to_pylist(), name)[name] == control[name]


@pytest.mark.usefixtures("sandbox")
def test_what_has_no_tracking_code_is_empty_and_not_a_campaign_called_unspecified():
    codes = {row["tracking_code"] for row in pull("campaign_hour").rows.to_pylist()}
    assert "" in codes
    assert "Unspecified" not in codes
    assert any(code.startswith("google:cpc:") for code in codes)


def test_a_column_that_failed_is_unknown_and_the_others_are_not_shifted(sandbox: RunningSandbox):
    clean = pull("suite_day").rows.to_pylist()[0]
    fault(sandbox, "partial")
    answer = pull("suite_day")
    [row] = answer.rows.to_pylist()
    assert row == {**clean, "orders": None}
    assert answer.quality[DAY.start]["failed_columns"] == {"orders": "unauthorized_metric"}


def test_a_column_that_failed_in_one_hour_is_unknown_in_all_of_the_day(sandbox: RunningSandbox):
    fault(sandbox, "partial", nth=5)
    answer = pull("campaign_hour")
    rows = answer.rows.to_pylist()
    assert {row["orders"] for row in rows} == {None}
    assert all(row["visits_begun"] is not None for row in rows)
    assert answer.control_totals is not None
    assert answer.control_totals.to_pylist()[0]["orders"] is None


def test_pages_are_turned_and_all_of_them_are_one_answer(sandbox: RunningSandbox):
    whole = pull("campaign_hour")
    connector = connected()
    connector.page_size = 3
    paged = connector.pull(STREAMS["campaign_hour"], shop(), DAY)
    assert paged.rows.equals(whole.rows)
    assert paged.requests > whole.requests


def test_a_page_that_lacks_items_is_refused(sandbox: RunningSandbox):
    fault(sandbox, "short_page")
    with pytest.raises(AnswerBroken, match=rf"(?s)account {SHOP}.*2026-10-27"):
        pull("channel_day")


def test_a_quota_that_is_used_up_for_minutes_is_waited_for_as_long_as_told(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    connector, waited = connected(), []
    monkeypatch.setattr(connector.policy, "sleep", waited.append)
    connector.settings = connector.settings.model_copy(update={"quota_wait_seconds": 90.0})
    connector.__post_init__()
    fault(sandbox, "quota", times=2)
    assert connector.pull(STREAMS["suite_day"], shop(), DAY).rows.num_rows == 1
    assert [wait >= 90 for wait in waited if wait > 1] == [True, True]


def test_a_quota_that_does_not_come_back_says_who_else_uses_it(sandbox: RunningSandbox):
    fault(sandbox, "quota", times=None)
    with pytest.raises(QuotaExhausted, match=r"429 \(429050\).*") as refused:
        pull("suite_day")
    assert "shares its quota" in str(refused.value)


def test_a_token_that_ends_early_is_renewed_and_the_request_sent_again(sandbox: RunningSandbox):
    before = sandbox.requests().get("adobe_ims token -", 0)
    fault(sandbox, "token_expired", nth=2)
    assert pull("channel_day", DAYS).rows.num_rows > 0
    # One for the list of suites by `shop`, two for the pull.
    assert sandbox.requests()["adobe_ims token -"] - before == 3


def test_a_token_is_kept_for_all_requests_until_it_ends(sandbox: RunningSandbox):
    account, before = shop(), sandbox.requests().get("adobe_ims token -", 0)
    connector = connected()
    for stream in ("suite_day", "channel_day"):
        connector.pull(STREAMS[stream], account, DAYS)
    assert sandbox.requests()["adobe_ims token -"] - before == 1


def test_a_revoked_secret_says_where_to_get_another_and_does_not_repeat_it(
    sandbox: RunningSandbox,
):
    account = shop()
    sandbox.set_faults({"source": "adobe_ims", "kind": "revoked_secret", "times": None})
    with pytest.raises(CredentialsRejected, match="ADOBE_ANALYTICS_CLIENT_SECRET") as refused:
        connected().pull(STREAMS["suite_day"], account, DAY)
    assert "sandbox-adobe-secret" not in str(refused.value)
    assert SHOP in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("permission_lost", PermissionMissing),
        ("no_profile", CredentialsRejected),
        ("html_502", TransientFault),
        ("truncated_json", TransientFault),
        ("unavailable", TransientFault),
    ],
)
def test_trouble_that_stays_is_told_with_suite_and_day(
    sandbox: RunningSandbox, kind: str, expected: type[Exception]
):
    account = shop()
    fault(sandbox, kind, times=None)
    with pytest.raises(expected, match=SHOP) as refused:
        connected().pull(STREAMS["suite_day"], account, DAY)
    assert "2026-10-27" in str(refused.value)


@pytest.mark.parametrize("kind", ["html_502", "truncated_json", "unavailable"])
def test_trouble_that_passes_changes_nothing(sandbox: RunningSandbox, kind: str):
    clean = pull("channel_day").rows
    fault(sandbox, kind)
    assert pull("channel_day").rows.equals(clean)


@pytest.mark.usefixtures("sandbox")
def test_a_segment_is_laid_over_every_report_and_the_day_says_so():
    connector = connected()
    paid = ("s300000001_paid",)
    connector.settings = connector.settings.model_copy(update={"segment_ids": paid})
    answer = connector.pull(STREAMS["campaign_hour"], shop(), DAY)
    assert all(
        ":cpc:" in row["tracking_code"] or ":paid_social:" in row["tracking_code"]
        for row in answer.rows.to_pylist()
    )
    assert answer.quality[DAY.start]["segment_ids"] == paid


@pytest.mark.usefixtures("sandbox")
def test_an_unknown_segment_is_a_setting_to_mend():
    connector = connected()
    connector.settings = connector.settings.model_copy(update={"segment_ids": ("s1_nothing",)})
    with pytest.raises(MisconfiguredSetting, match="ADOBE_ANALYTICS_SEGMENT_IDS"):
        connector.pull(STREAMS["suite_day"], shop(), DAY)


@pytest.mark.usefixtures("sandbox")
def test_without_a_lead_event_leads_are_unknown_and_not_none():
    connector = connected()
    connector.settings = connector.settings.model_copy(update={"lead_metric": None})
    [row] = connector.pull(STREAMS["suite_day"], shop(), DAY).rows.to_pylist()
    assert row["leads"] is None
    assert row["visits"] > 0


def test_late_hits_raise_a_day_that_was_pulled_too_early(sandbox: RunningSandbox):
    late = told(sandbox, "visits", DAY)
    sandbox.set_as_of(datetime(2026, 10, 28, 2, tzinfo=UTC))
    early = pull("suite_day").rows.to_pylist()[0]["visits_begun"]
    sandbox.set_as_of(datetime(2026, 10, 29, 12, tzinfo=UTC))
    final = pull("suite_day").rows.to_pylist()[0]["visits_begun"]
    assert early < final == sum(row["visits"] for row in late)
