"""How promises stand at an instant."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared_policies.governance.ledger import Ledger
from shared_policies.governance.service_levels.recent import RecentAudits
from shared_policies.governance.service_levels.sli import Standing
from shared_policies.governance.service_levels.slo import Burning
from shared_policies.governance.service_levels.states import LevelState, level_states
from shared_policies.governance.service_levels.watch import Watch
from tests.shared_policies.governance.service_levels.promises import (
    BERLIN,
    PRODUCT,
    audited,
    contract,
    utc,
)

if TYPE_CHECKING:
    from pathlib import Path

    from shared_policies.governance.ledger import AuditRecord

LATE_MORNING = "2026-11-04 08:01"


def state(level: str, *records: AuditRecord, now: str, **levels: str) -> LevelState:
    (found,) = level_states(
        [contract(target=0.9, **{level: levels[level]})],
        records,
        now=utc(now),
        since={PRODUCT: utc("2026-11-01 00:00")},
        time_zone=BERLIN,
    )
    return found


def test_a_day_that_came_late_stays_missed_and_is_no_longer_broken():
    late = audited("2026-11-04 10:00", through="2026-11-03")
    before = state("latency", now="2026-11-04 09:59", latency="PT9H")
    after = state("latency", late, now="2026-11-04 10:00", latency="PT9H")
    assert before.newest is not None
    assert before.newest.standing is Standing.MISSED
    assert before.broken_now
    assert after.newest is not None
    assert after.newest.standing is Standing.MISSED
    assert not after.broken_now


def test_a_waived_failure_burns_the_budget():
    mornings = [
        audited(f"2026-11-0{day} 07:00", through=f"2026-11-0{day - 1}", waived="VOL-01")
        for day in (2, 3, 4)
    ]
    found = state("latency", *mornings, now=LATE_MORNING, latency="PT9H")
    assert found.budget is not None
    assert found.budget.missed_days == 4  # the last of October as well: nothing was there then
    assert found.burning is Burning.EXHAUSTED
    assert not found.broken_now


def test_before_anything_was_due_there_is_a_state_without_evidence():
    (found,) = level_states(
        [contract(latency="PT9H", target=0.9)],
        [],
        now=utc("2026-11-01 12:00"),
        since={PRODUCT: utc("2026-11-01 11:00")},
        time_zone=BERLIN,
    )
    assert found.newest is None
    assert not found.broken_now


def test_a_product_that_never_ran_is_late_at_its_first_deadline():
    (found,) = level_states(
        [contract(latency="PT9H", target=0.9)],
        [],
        now=utc("2026-11-02 08:01"),
        since={PRODUCT: utc("2026-11-01 11:00")},
        time_zone=BERLIN,
    )
    assert found.broken_now
    assert found.missed_in_a_row == 1


def test_a_level_that_is_not_promised_has_no_state():
    assert (
        level_states(
            [contract(frequency="P1D", retention="P400D")],
            [],
            now=utc(LATE_MORNING),
            since={PRODUCT: utc("2026-11-01 00:00")},
            time_zone=BERLIN,
        )
        == []
    )


def test_a_consumer_is_not_awaited_on_days_that_were_due_before_it_was_there():
    reader = contract("finance/report", upstream=["marketing/spend@1"], latency="PT12H")
    found = level_states(
        [contract(latency="PT9H"), reader],
        [],
        now=utc("2026-11-04 12:00"),
        since={PRODUCT: utc("2026-11-01 00:00"), "finance/report": utc("2026-11-04 10:00")},
        time_zone=BERLIN,
    )
    (lag,) = [one for one in found if one.level == "activation_lag"]
    assert [(str(one.due_day), one.standing) for one in lag.measured] == [
        ("2026-11-03", Standing.MISSED)
    ]


def test_consumers_of_another_major_version_do_not_count():
    reader = contract("finance/report", upstream=["marketing/spend@2"], latency="PT12H")
    found = level_states(
        [contract(latency="PT9H"), reader],
        [],
        now=utc(LATE_MORNING),
        since={PRODUCT: utc("2026-11-01 00:00"), "finance/report": utc("2026-11-01 00:00")},
        time_zone=BERLIN,
    )
    assert {one.level for one in found} == {"latency"}


def test_the_first_look_at_a_product_is_remembered(tmp_path: Path):
    first = "2026-11-01 12:00"
    watch = Watch(str(tmp_path))
    watch.since(["a/one"], now=utc(first))
    later = watch.since(["a/one", "a/two"], now=utc(LATE_MORNING))
    assert later == {"a/one": utc(first), "a/two": utc(LATE_MORNING)}


def test_recent_audits_are_those_of_the_span_or_the_last_one_before_it(tmp_path: Path):
    ledger = Ledger(str(tmp_path))
    recent = RecentAudits(span=timedelta(days=10))
    for at in ("2026-10-01 07:00", "2026-10-02 07:00"):
        ledger.append(audited(at, through="2026-10-01"))
    assert [one.at for one in recent.look(ledger, now=utc(LATE_MORNING))] == [
        utc("2026-10-02 07:00")
    ]
    ledger.append(audited("2026-11-03 07:00", through="2026-11-02"))
    ledger.append(audited("2026-11-03 07:00", port="finance/rates", through="2026-11-02"))
    assert {(one.port, one.at) for one in recent.look(ledger, now=utc(LATE_MORNING))} == {
        (PRODUCT, utc("2026-11-03 07:00")),
        ("finance/rates", utc("2026-11-03 07:00")),
    }
