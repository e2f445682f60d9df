"""How far back finance reads its sources in the morning."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from finance_domain import schedules
from finance_domain.connectors.ledger import connect
from finance_domain.connectors.ledger_streams import DATED, STREAMS
from shared_policies.platform.company import data_settings
from shared_policies.platform.days import DayRange
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.pulling import pull_accounts
from tests.conftest import NOW
from tests.sandbox.ledger.catalogue import OPENED

if TYPE_CHECKING:
    from tests.sandbox.process import RunningSandbox


@pytest.fixture(autouse=True)
def morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "now", lambda: NOW)


def land_ledger() -> None:
    for name in DATED:
        pull_accounts(
            connect(),
            STREAMS[name],
            DayRange(start=OPENED, end=NOW.date()),
            landing_store=LandingStore(data_settings().landing_url),
            threads=1,
            on_progress=lambda _: None,
        ).raise_for_failures()


def test_the_first_morning_reads_the_books_from_their_beginning(sandbox: RunningSandbox):
    assert schedules.ledger_lookback_days() == (NOW.date() - OPENED).days


def test_other_mornings_read_what_was_changed_and_rates_since_the_first_booking(
    sandbox: RunningSandbox,
):
    assert schedules.ecb_lookback_days() == schedules.ECB_LOOKBACK_DAYS, "nothing is booked yet"
    land_ledger()
    # Of today's bookings alone the landing knows nothing, and today is read tomorrow.
    assert schedules.ledger_lookback_days() == schedules.LEDGER_LOOKBACK_DAYS
    assert schedules.ecb_lookback_days() == (NOW.date() - OPENED).days
    sandbox.set_as_of(datetime(2026, 11, 12, 7, 0, tzinfo=UTC))
    # A correction may come twenty days after the order.
    assert schedules.ledger_lookback_days() > schedules.LEDGER_LOOKBACK_DAYS + 7


def test_a_ledger_that_cannot_be_asked_still_gets_its_run_which_says_why(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("LEDGER_URL", "sqlite:////nowhere/ledger.sqlite")
    assert schedules.ledger_lookback_days() == schedules.LEDGER_LOOKBACK_DAYS
