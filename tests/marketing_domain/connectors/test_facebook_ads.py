"""Meta through its real client library, over the wire."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from marketing_domain.connectors.facebook_ads import REPORTS, STREAMS, Column, connect, decode
from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import (
    ApiVersionRetired,
    CredentialsRejected,
    MisconfiguredSetting,
    PermissionMissing,
    QuotaExhausted,
    TransientFault,
)

if TYPE_CHECKING:
    from pathlib import Path

    from marketing_domain.connectors.facebook_ads import FacebookAdsConnector
    from shared_policies.platform.streams import Pull
    from tests.sandbox.process import RunningSandbox

DAYS = DayRange(start=date(2026, 10, 24), end=date(2026, 10, 27))
MONTH = DayRange(start=date(2026, 10, 1), end=date(2026, 11, 1))


def connected() -> FacebookAdsConnector:
    connector = connect()
    connector.policy.sleep = lambda _: None
    return connector


def pull(stream: str, days: DayRange = DAYS) -> Pull:
    connector = connected()
    tokyo = next(one for one in connector.accounts().readable if one.currency == "JPY")
    return connector.pull(STREAMS[stream], tokyo, days)


def test_every_ad_account_is_found(sandbox: RunningSandbox):
    truth = {
        one["account_id"] for one in sandbox.truth("accounts") if one["platform"] == "facebook_ads"
    }
    assert {account.account_id for account in connect().accounts().readable} == truth


def test_the_accounts_of_a_business_are_found(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FACEBOOK_ADS_BUSINESS_ID", "3000000000000001")
    assert len(connect().accounts().readable) == 3
    assert "facebook_ads owned_ad_accounts -" in sandbox.requests()


def test_an_account_without_permission_says_whom_to_ask(sandbox: RunningSandbox):
    connector = connected()
    closed = next(one for one in connector.accounts().readable if one.currency == "GBP")
    with pytest.raises(PermissionMissing, match="access to this ad account in the business"):
        connector.pull(STREAMS["campaign_day"], closed, DAYS)


def test_a_long_range_is_asked_as_an_asynchronous_report(sandbox: RunningSandbox):
    rows = pull("campaign_day", MONTH).rows
    assert set(rows["account_day"].to_pylist()) <= set(MONTH)
    asked = sandbox.requests()
    assert asked["facebook_ads object -"] >= 2, "its status was asked until it was complete"
    alone = pull("campaign_day", DayRange.single(date(2026, 10, 5))).rows.to_pylist()
    assert alone == [row for row in rows.to_pylist() if row["account_day"] == date(2026, 10, 5)]


def test_a_report_that_meta_gives_up_is_asked_in_shorter_ones(sandbox: RunningSandbox):
    whole = pull("campaign_day", MONTH).rows
    sandbox.set_faults(
        {"source": "facebook_ads", "kind": "async_failed", "operation": "insights", "nth": 1}
    )
    again = pull("campaign_day", MONTH).rows
    keys = [("account_day", "ascending"), ("campaign_id", "ascending")]
    assert again.sort_by(keys) == whole.sort_by(keys)


def test_a_report_that_never_completes_is_an_error_and_not_a_partial_answer(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FACEBOOK_ADS_REPORT_PATIENCE_SECONDS", "1")
    sandbox.set_faults(
        {"source": "facebook_ads", "kind": "async_stuck", "operation": "insights", "times": None}
    )
    with pytest.raises(TransientFault, match="not complete after"):
        pull("campaign_day", MONTH)


def test_an_empty_page_that_has_a_next_one_is_not_the_end(sandbox: RunningSandbox):
    whole = pull("campaign_hour").rows.num_rows
    sandbox.set_faults(
        {"source": "facebook_ads", "kind": "empty_page_with_next", "operation": "insights"}
    )
    assert pull("campaign_hour").rows.num_rows == whole
    assert sandbox.faults()[0]["fired"] == 1


def test_a_gateway_s_html_page_is_not_an_answer(sandbox: RunningSandbox):
    sandbox.set_faults(
        {"source": "facebook_ads", "kind": "html_502", "operation": "insights", "times": 2}
    )
    assert pull("campaign_day").rows.num_rows > 0
    assert sandbox.faults()[0]["fired"] == 2


def test_too_much_data_is_asked_in_parts(sandbox: RunningSandbox):
    whole = pull("campaign_day").rows
    sandbox.set_faults(
        {"source": "facebook_ads", "kind": "too_much_data", "operation": "insights", "times": 1}
    )
    keys = [("account_day", "ascending"), ("campaign_id", "ascending")]
    assert pull("campaign_day").rows.sort_by(keys) == whole.sort_by(keys)


@pytest.mark.parametrize(
    ("kind", "expected", "said"),
    [
        ("quota", QuotaExhausted, "80000"),
        ("transient", TransientFault, "code 2"),
        ("revoked_token", CredentialsRejected, "FACEBOOK_ADS_ACCESS_TOKEN"),
        ("version_retired", ApiVersionRetired, "FACEBOOK_ADS_API_VERSION"),
    ],
)
def test_a_refusal_becomes_the_error_that_says_what_to_do(
    sandbox: RunningSandbox, kind: str, expected: type[Exception], said: str
):
    sandbox.set_faults(
        {"source": "facebook_ads", "kind": kind, "operation": "insights", "times": None}
    )
    with pytest.raises(expected) as refused:
        pull("campaign_day")
    assert said in str(refused.value)
    assert "account 2000000000000001, 2026-10-24 to 2026-10-26" in str(refused.value)


def test_a_wrong_app_secret_never_shows_in_the_error(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FACEBOOK_ADS_ACCESS_TOKEN", "sandbox-access-token")
    monkeypatch.setenv("FACEBOOK_ADS_APP_SECRET", "wrong-secret")
    monkeypatch.setenv("FACEBOOK_ADS_GRAPH_URL", sandbox.http_url)
    with pytest.raises(MisconfiguredSetting, match="FACEBOOK_ADS_APP_SECRET") as refused:
        connect().accounts()
    shown = str(refused.value) + repr(refused.value.__cause__)
    assert "sandbox-access-token" not in shown
    assert "wrong-secret" not in shown


def test_yen_come_without_decimals_and_stay_whole(sandbox: RunningSandbox):
    spent = pull("account_day").rows["spend"].to_pylist()
    assert spent
    assert all(amount == amount.to_integral_value() for amount in spent)


def test_deleted_ads_are_missing_below_the_campaign(sandbox: RunningSandbox):
    days = DayRange(start=date(2026, 10, 10), end=date(2026, 10, 12))
    campaigns = set(pull("campaign_day", days).rows["campaign_id"].to_pylist())
    with_ads = set(pull("ad_day", days).rows["campaign_id"].to_pylist())
    assert campaigns > with_ads


def test_a_window_that_nothing_happened_in_is_unknown_and_not_zero():
    rows = [
        {
            "date_start": "2026-10-24",
            "actions": [{"action_type": "purchase", "value": "2", "7d_click": "2"}],
        },
        {"date_start": "2026-10-25"},
    ]
    columns = [Column("actions", "actions", "actions"), Column("reach", "reach", "maybe")]
    first, second = decode(rows, columns, ["2026-10-24", "2026-10-25"]).to_pylist()
    assert first["actions"] == [
        {
            "action_type": "purchase",
            "value": Decimal(2),
            "click_1d": None,
            "click_7d": Decimal(2),
            "click_28d": None,
            "view_1d": None,
            "engaged_view_1d": None,
        }
    ]
    assert second["actions"] == []
    assert second["reach"] is None


def test_another_order_of_actions_is_not_another_answer():
    one = {"action_type": "lead", "value": "1"}
    other = {"action_type": "purchase", "value": "2"}
    columns = [Column("actions", "actions", "actions")]
    day = ["2026-10-24"]
    assert decode([{"actions": [one, other]}], columns, day) == decode(
        [{"actions": [other, one]}], columns, day
    )


def test_answers_recorded_from_meta_are_read_to_the_last_cent(cases: Path):
    paths = sorted((cases / "meta" / "patrykdachwitz").glob("*.json"))
    assert paths
    spend = next(column for column in REPORTS["account_day"].columns if column.name == "spend")
    for path in paths:
        rows = json.loads(path.read_text()).get("data", [])
        dated = [row for row in rows if "date_start" in row]
        table = decode(dated, [spend], [row["date_start"] for row in dated])
        expected = sum((Decimal(row.get("spend", "0")) for row in dated), Decimal(0))
        assert sum(table["spend"].to_pylist(), Decimal(0)) == expected, path.name
