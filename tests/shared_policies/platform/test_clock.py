"""A machine whose clock is wrong may not say which days are over."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from finance_domain.connectors.ecb import STREAMS, connect
from shared_policies.platform import clock
from shared_policies.platform.clock import refuse_wrong_clock
from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import MisconfiguredSetting
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.pulling import pull_accounts
from shared_policies.platform.streams import Interface

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.sandbox.process import RunningSandbox

DAYS = DayRange.single(date(2026, 11, 4))
NOON = datetime(2026, 11, 5, 12, tzinfo=UTC)


class TimeServer(BaseHTTPRequestHandler):
    """Answers with no headers but those of the test."""

    told: Mapping[str, str] = {}

    def do_HEAD(self) -> None:
        self.send_response_only(404)
        for name, value in self.told.items():
            self.send_header(name, value)
        self.end_headers()


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(clock, "machine_time", lambda: NOON)
    with HTTPServer(("127.0.0.1", 0), TimeServer) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def at_address(url: str) -> Interface:
    return Interface(library="requests", version=None, retires_on=None, clock_url=url)


def tells(monkeypatch: pytest.MonkeyPatch, at: datetime, **more: str) -> None:
    told = {"Date": format_datetime(at, usegmt=True), **more}
    monkeypatch.setattr(TimeServer, "told", told)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOON - timedelta(days=1), "1440 minutes ahead of"),
        (NOON + timedelta(hours=1), "60 minutes behind"),
    ],
)
def test_a_clock_that_is_wrong_is_refused_with_how_wrong_it_is(
    url: str, monkeypatch: pytest.MonkeyPatch, at: datetime, words: str
):
    tells(monkeypatch, at)
    with pytest.raises(MisconfiguredSetting, match=words):
        refuse_wrong_clock(at_address(url), source="ads", days=DAYS)


def test_a_few_minutes_are_nobody_s_fault(url: str, monkeypatch: pytest.MonkeyPatch):
    tells(monkeypatch, NOON - timedelta(minutes=9))
    refuse_wrong_clock(at_address(url), source="ads", days=DAYS)


def test_an_answer_from_a_cache_is_as_old_as_the_cache_says(
    url: str, monkeypatch: pytest.MonkeyPatch
):
    tells(monkeypatch, NOON - timedelta(hours=3), Age="10800")
    refuse_wrong_clock(at_address(url), source="ads", days=DAYS)


def test_a_server_that_does_not_tell_the_time_or_is_away_refutes_nothing(
    url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(TimeServer, "told", {})
    refuse_wrong_clock(at_address(url), source="ads", days=DAYS)
    refuse_wrong_clock(at_address("http://127.0.0.1:9"), source="ads", days=DAYS)


def test_nothing_is_landed_by_a_machine_that_is_a_day_ahead(
    sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    monkeypatch.setattr(clock, "machine_time", lambda: tomorrow)
    store = LandingStore(str(tmp_path))
    with pytest.raises(MisconfiguredSetting, match=r"ecb, 2026-11-04: this machine's clock"):
        pull_accounts(
            connect(),
            STREAMS["reference_rate"],
            DAYS,
            landing_store=store,
            threads=1,
            on_progress=lambda _: None,
        )
    assert store.accounts("ecb", "reference_rate") == []
