"""The ECB's reference rates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from finance_domain.connectors.ecb import FRANKFURT, STREAMS, connect
from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import TransientFault

if TYPE_CHECKING:
    from tests.sandbox.process import RunningSandbox

RATE = STREAMS["reference_rate"]


def test_recorded_days_need_no_network_and_are_real(sandbox: RunningSandbox):
    pulled = connect().pull(RATE, FRANKFURT, DayRange.single(date(2026, 10, 30)))
    rates = {row["currency"]: row["units_per_eur"] for row in pulled.rows.to_pylist()}
    assert rates["USD"] == Decimal("1.1172")
    assert rates["JPY"] == Decimal("175.68")
    assert "HRK" not in rates, "the kuna ended with 2022"
    assert not pulled.sandbox
    assert sandbox.requests() == {}


def test_newer_days_come_from_where_the_settings_say(sandbox: RunningSandbox):
    week = DayRange(start=date(2026, 10, 30), end=date(2026, 11, 4))
    pulled = connect().pull(RATE, FRANKFURT, week)
    days = set(pulled.rows["account_day"].to_pylist())
    assert days == {date(2026, 10, 30), date(2026, 11, 2), date(2026, 11, 3)}, "no weekend"
    assert pulled.sandbox


def test_half_a_file_is_asked_for_again(sandbox: RunningSandbox):
    sandbox.set_faults(
        {"source": "ecb", "kind": "truncated"}, {"source": "ecb", "kind": "html_502"}
    )
    connector = connect()
    connector.policy.sleep = lambda _: None
    assert connector.pull(RATE, FRANKFURT, DayRange.single(date(2026, 11, 3))).rows.num_rows > 20


def test_a_file_that_stays_broken_is_an_error_with_a_cure(sandbox: RunningSandbox):
    sandbox.set_faults({"source": "ecb", "kind": "truncated", "times": None})
    connector = connect()
    connector.policy.sleep = lambda _: None
    with pytest.raises(TransientFault, match="ECB_RATES_URL"):
        connector.pull(RATE, FRANKFURT, DayRange.single(date(2026, 11, 3)))
