"""One incident per product and matter; every channel hears each thing once."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from shared_policies.governance.alerts.delivery import Channel
from shared_policies.governance.alerts.findings import Finding
from shared_policies.governance.alerts.incidents import Incident, IncidentStore
from shared_policies.governance.alerts.telling import tell
from shared_policies.platform.errors import MisconfiguredSetting, TransientFault
from tests.shared_policies.governance.service_levels.promises import utc

if TYPE_CHECKING:
    from pathlib import Path

    from shared_policies.governance.alerts.messages import Message

LATE = Finding(
    port="marketing/spend",
    about="latency",
    grade=1,
    what="2026-11-03 is not published.",
    since=utc("2026-11-04 08:00"),
    owner="team marketing (#marketing-data)",
    consumers=("finance/report",),
    cure="Materialise what is missing.",
    runbook="latency",
)
REFUSED = replace(LATE, about="VOL-01", runbook="refused-publication")


class Heard(Channel):
    """Remembers what it was told; fails while `fault` is set."""

    def __init__(self, name: str = "pager") -> None:
        self.name = name
        self.heard: list[str] = []
        self.attempts = 0
        self.fault: Exception | None = None

    def send(self, message: Message) -> None:
        self.attempts += 1
        if self.fault is not None:
            raise self.fault
        self.heard.append(f"{message.event} {message.incident.finding.about}")


@pytest.fixture
def store(tmp_path: Path) -> IncidentStore:
    return IncidentStore(str(tmp_path))


def look(
    store: IncidentStore, *found: Finding, channels: list[Channel], at: str = "2026-11-04 08:02"
) -> list[Incident]:
    return tell(
        found,
        store=store,
        channels=channels,
        now=utc(at),
        log=logging.getLogger("alerts"),
        runbook_url="https://runbook.example/page",
        time_zone="Europe/Berlin",
        wait_seconds=0,
    )


def test_an_incident_is_told_once_however_often_one_looks(store: IncidentStore):
    pager = Heard()
    for minute in range(2, 12, 2):
        look(store, LATE, channels=[pager], at=f"2026-11-04 08:{minute:02}")
    assert pager.heard == ["opened latency"]


def test_it_is_told_again_when_it_gets_worse_and_once_when_it_is_over(store: IncidentStore):
    pager = Heard()
    look(store, LATE, channels=[pager])
    look(store, replace(LATE, grade=2), channels=[pager], at="2026-11-05 08:02")
    look(store, LATE, channels=[pager], at="2026-11-05 08:04")
    look(store, replace(LATE, grade=2), channels=[pager], at="2026-11-05 08:06")
    look(store, channels=[pager], at="2026-11-05 10:00")
    look(store, channels=[pager], at="2026-11-05 10:02")
    assert pager.heard == ["opened latency", "worse latency", "closed latency"]
    (over,) = store.closed()
    assert over.closed_at == utc("2026-11-05 10:00")
    assert store.known() == []


def test_two_matters_of_one_product_are_two_incidents(store: IncidentStore):
    pager = Heard()
    look(store, LATE, REFUSED, channels=[pager])
    look(store, REFUSED, channels=[pager], at="2026-11-04 09:00")
    assert pager.heard == ["opened latency", "opened VOL-01", "closed latency"]
    assert [one.finding.about for one in store.known()] == ["VOL-01"]


def test_what_comes_back_is_a_new_incident(store: IncidentStore):
    pager = Heard()
    look(store, LATE, channels=[pager])
    look(store, channels=[pager], at="2026-11-04 09:00")
    look(store, LATE, channels=[pager], at="2026-11-05 08:02")
    assert pager.heard == ["opened latency", "closed latency", "opened latency"]


def test_a_channel_that_falters_hears_of_it_at_the_next_look_and_the_others_at_once(
    store: IncidentStore,
):
    broken, sound = Heard("broken"), Heard("sound")
    broken.fault = TransientFault("it hangs.", cure="Wait.", source="broken")
    look(store, LATE, REFUSED, channels=[broken, sound])
    assert sound.heard == ["opened latency", "opened VOL-01"]
    assert broken.attempts == 3  # for the first message; then it is left alone
    broken.fault = None
    look(store, LATE, REFUSED, channels=[broken, sound], at="2026-11-04 08:04")
    assert broken.heard == ["opened latency", "opened VOL-01"]
    assert sound.heard == ["opened latency", "opened VOL-01"]


def test_a_message_that_is_refused_is_not_repeated_at_once_and_does_not_stop_the_next(
    store: IncidentStore,
):
    pager = Heard()
    pager.fault = MisconfiguredSetting("it is refused.", cure="Correct it.", source="pager")
    look(store, LATE, REFUSED, channels=[pager])
    assert pager.attempts == 2


def test_the_end_of_what_was_never_heard_of_is_not_told(store: IncidentStore):
    pager = Heard()
    pager.fault = TransientFault("it hangs.", cure="Wait.", source="pager")
    look(store, LATE, channels=[pager])
    pager.fault = None
    look(store, channels=[pager], at="2026-11-04 08:04")
    assert pager.heard == []
    assert len(store.closed()) == 1


def test_a_channel_that_is_added_later_hears_of_what_is_open(store: IncidentStore):
    first, second = Heard("first"), Heard("second")
    look(store, LATE, channels=[first])
    look(store, LATE, channels=[first, second], at="2026-11-04 08:04")
    assert (first.heard, second.heard) == (["opened latency"], ["opened latency"])


def test_a_channel_that_is_taken_away_is_not_waited_for(store: IncidentStore):
    look(store, LATE, channels=[Heard()])
    look(store, channels=[], at="2026-11-04 09:00")
    assert store.known() == []
    assert len(store.closed()) == 1


def test_the_file_says_what_is_open_without_any_channel(store: IncidentStore, tmp_path: Path):
    look(store, LATE, channels=[])
    (shown,) = json.loads((tmp_path / "incidents" / "open.json").read_text())
    assert shown["finding"]["what"] == "2026-11-03 is not published."
    assert shown["opened_at"] == "2026-11-04T08:02:00+00:00"
