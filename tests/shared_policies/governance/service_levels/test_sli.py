"""What came of each promise, by the day it was due for; Berlin is at UTC+1 on these days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_policies.governance.service_levels.activation import Consumer, activation_lag
from shared_policies.governance.service_levels.sli import (
    History,
    Measurement,
    Standing,
    availability,
    completeness,
    due_days,
    freshness,
    latency,
    measurements,
)
from tests.shared_policies.governance.service_levels.promises import (
    BERLIN,
    audited,
    contract,
    utc,
)

if TYPE_CHECKING:
    from random import Random

    from shared_policies.governance.ledger import AuditRecord

DAY = date(2026, 11, 3)  # ends 2026-11-03 23:00 UTC, is due at 08:00 UTC the next day
PROMISE = contract(
    latency="PT9H", freshness="PT26H", completeness="0.98", availability="0.9", target=0.95
)


def history(*records: AuditRecord, now: str, since: str = "2026-11-01 00:00") -> History:
    return History.of(PROMISE, records, now=utc(now), since=utc(since), time_zone=BERLIN)


def test_a_day_that_is_published_before_its_deadline_is_kept():
    found = latency(
        history(audited("2026-11-04 07:30", through="2026-11-03"), now="2026-11-04 12:00"), DAY
    )
    assert found.standing is Standing.KEPT
    assert found.measured == pytest.approx(8.5)
    assert found.promised == pytest.approx(9.0)


def test_the_deadline_itself_is_in_time_and_a_minute_later_is_not():
    at, after = "2026-11-04 08:00", "2026-11-04 08:01"
    kept = latency(history(audited(at, through="2026-11-03"), now=after), DAY)
    missed = latency(history(audited(after, through="2026-11-03"), now=after), DAY)
    assert (kept.standing, missed.standing) == (Standing.KEPT, Standing.MISSED)


def test_a_run_that_publishes_an_old_day_again_does_not_make_yesterday_be_there():
    backfill = audited("2026-11-04 07:30", through="2026-11-02")
    found = latency(history(backfill, now="2026-11-04 08:01"), DAY)
    assert found.standing is Standing.MISSED
    assert found.observed == (
        "2026-11-03 is not published; the newest version is known through 2026-11-02"
    )


def test_until_the_deadline_nobody_is_late():
    assert latency(history(now="2026-11-04 08:00"), DAY).standing is Standing.PENDING
    assert latency(history(now="2026-11-04 08:01"), DAY).standing is Standing.MISSED


def test_what_was_there_before_the_day_ended_took_no_time():
    ahead = audited("2026-11-03 15:00", through="2026-11-03")
    found = latency(history(ahead, now="2026-11-04 09:00"), DAY)
    assert (found.standing, found.measured) == (Standing.KEPT, 0.0)


def test_a_refused_audit_publishes_nothing():
    refused = audited("2026-11-04 07:30", through="2026-11-03", failed="VOL-01")
    assert latency(history(refused, now="2026-11-04 09:00"), DAY).standing is Standing.MISSED


def test_a_day_that_was_taken_back_before_the_deadline_is_not_complete():
    came = audited("2026-11-04 06:00", through="2026-11-03")
    gone = audited("2026-11-04 07:00", through="2026-11-02")
    found = completeness(history(came, gone, now="2026-11-04 09:00"), DAY)
    assert found.standing is Standing.MISSED


def test_a_version_that_only_a_waiver_let_through_is_seen_as_it_was_and_keeps_no_promise():
    waived = audited("2026-11-04 07:30", through="2026-11-03", waived="VOL-01", complete_share=0.99)
    known = history(waived, now="2026-11-05 00:00", since="2026-11-03 23:00")
    by_level = {
        one.level: one
        for one in (latency(known, DAY), completeness(known, DAY), availability(known, DAY))
    }
    assert {one.standing for one in by_level.values()} == {Standing.MISSED}
    assert by_level["latency"].measured == pytest.approx(8.5)
    assert by_level["completeness"].measured == pytest.approx(0.99)
    assert "only because VOL-01 was waived" in by_level["latency"].observed


def test_completeness_is_that_of_the_version_at_the_deadline_not_of_a_later_one():
    half = audited("2026-11-04 07:30", through="2026-11-03", complete_share=0.5)
    whole = audited("2026-11-04 09:30", through="2026-11-03", complete_share=1.0)
    found = completeness(history(half, whole, now="2026-11-04 12:00"), DAY)
    assert (found.standing, found.measured) == (Standing.MISSED, 0.5)


def test_whoever_is_told_of_an_incomplete_day_is_told_which_accounts_lack_it():
    half = audited(
        "2026-11-04 07:30",
        through="2026-11-03",
        complete_share=0.5,
        incomplete=("google_ads 1000000001 since 2026-11-03",),
    )
    found = completeness(history(half, now="2026-11-04 12:00"), DAY)
    assert found.observed == (
        "50.00% of what was due for 2026-11-03 is known; without an answer: "
        "google_ads 1000000001 since 2026-11-03"
    )


def test_completeness_of_a_day_that_is_not_there_is_missed():
    old = audited("2026-11-04 07:30", through="2026-11-02", complete_share=1.0)
    found = completeness(history(old, now="2026-11-04 12:00"), DAY)
    assert (found.standing, found.measured) == (Standing.MISSED, None)


def test_where_nothing_was_due_completeness_is_neither_kept_nor_missed():
    empty = audited("2026-11-04 07:30", through="2026-11-03", complete_share=None)
    found = completeness(history(empty, now="2026-11-04 12:00"), DAY)
    assert found.standing is Standing.NOT_APPLICABLE


def test_freshness_is_the_greatest_age_within_the_day():
    before = audited("2026-11-02 20:00", through="2026-11-01")
    after = audited("2026-11-03 18:00", through="2026-11-02")
    found = freshness(history(before, after, now="2026-11-05 00:00"), DAY)
    assert found.measured == pytest.approx(22.0)  # just before the second
    assert found.standing is Standing.KEPT


def test_freshness_is_missed_as_soon_as_the_newest_version_is_too_old():
    only = audited("2026-11-02 10:00", through="2026-11-01")
    running = freshness(history(only, now="2026-11-03 11:00"), DAY)
    broken = freshness(history(only, now="2026-11-03 12:01"), DAY)
    assert (running.standing, broken.standing) == (Standing.PENDING, Standing.MISSED)


def test_what_was_never_published_ages_from_the_moment_it_was_expected():
    found = freshness(history(now="2026-11-03 12:00", since="2026-11-02 00:00"), DAY)
    assert found.measured == pytest.approx(36.0)
    assert found.standing is Standing.MISSED


def test_availability_is_the_share_of_the_day_in_which_the_newest_audit_stood():
    good = audited("2026-11-02 12:00", through="2026-11-01")
    refused = audited("2026-11-03 05:00", through="2026-11-02", failed="VOL-01")
    mended = audited("2026-11-03 11:00", through="2026-11-02")
    found = availability(history(good, refused, mended, now="2026-11-05 00:00"), DAY)
    assert found.measured == pytest.approx(18 / 24)
    assert found.standing is Standing.MISSED


def test_availability_is_missed_once_the_rest_of_the_day_cannot_save_it():
    refused = audited("2026-11-02 23:00", through="2026-11-01", failed="VOL-01")
    still = availability(history(refused, now="2026-11-03 01:00"), DAY)  # 2 of 24 h are gone
    lost = availability(history(refused, now="2026-11-03 02:00"), DAY)  # 3 of 24 h are gone
    assert (still.standing, lost.standing) == (Standing.PENDING, Standing.MISSED)


def test_a_new_product_is_available_from_its_first_version_on():
    first = audited("2026-11-03 12:00", through="2026-11-02")
    known = history(first, now="2026-11-05 00:00", since="2026-11-03 09:00")
    found = [one for one in measurements(known, days=30) if one.level == "availability"]
    assert [(one.due_day.day, one.standing) for one in found] == [
        (3, Standing.KEPT),
        (4, Standing.KEPT),
        (5, Standing.PENDING),
    ]


def test_what_never_came_is_unavailable_from_its_first_deadline_on():
    known = history(now="2026-11-04 23:30", since="2026-11-03 09:00")
    (day, _) = [one for one in measurements(known, days=30) if one.level == "availability"]
    assert (day.due_day.day, day.standing, day.measured) == (4, Standing.MISSED, 0.0)


def test_days_whose_deadline_had_passed_when_the_product_began_were_never_due():
    first = audited("2026-11-03 10:00", through="2026-11-02")
    known = history(first, now="2026-11-05 12:00", since="2026-11-05 00:00")
    assert due_days(known, 30) == [date(2026, 11, 3), date(2026, 11, 4)]


def test_a_consumer_has_a_day_once_its_own_version_was_made_from_one_that_covers_it():
    reader = contract("finance/report", upstream=["marketing/spend@1"], latency="PT12H")
    source = history(
        audited("2026-11-03 07:00", through="2026-11-02"),
        audited("2026-11-04 07:00", through="2026-11-03"),
        now="2026-11-04 12:00",
    )
    made_from_the_old_one = audited(
        "2026-11-04 07:30",
        port="finance/report",
        inputs={"marketing/spend": "marketing/spend@2026-11-03 07:00"},
    )
    made_from_the_new_one = audited(
        "2026-11-04 09:00",
        port="finance/report",
        inputs={"marketing/spend": "marketing/spend@2026-11-04 07:00"},
    )

    def lag(*records: AuditRecord) -> Measurement:
        consumer = Consumer(contract=reader, records=records, since=utc("2026-11-01 00:00"))
        return activation_lag(source, DAY, [consumer])

    early = lag(made_from_the_old_one)
    found = lag(made_from_the_old_one, made_from_the_new_one)
    assert (early.standing, early.measured) == (Standing.MISSED, None)
    assert found.standing is Standing.KEPT
    assert found.measured == pytest.approx(10.0)  # 23:00 to 09:00 UTC
    assert found.promised == pytest.approx(12.0)


HOURS = st.integers(min_value=0, max_value=24 * 8)
AUDITS = st.lists(
    st.tuples(HOURS, st.integers(-2, 0), st.sampled_from([None, "VOL-01"])), max_size=12
)


def built(audits: list[tuple[int, int, str | None]]) -> list[AuditRecord]:
    """Audits at hours after the first of November that cover the day before, or an older one."""
    first = utc("2026-11-01 00:00")
    found = []
    for hour, back, failed in audits:
        at = first + timedelta(hours=hour)
        through = at.date() + timedelta(days=back - 1)
        found.append(audited(f"{at:%Y-%m-%d %H:%M}", through=str(through), failed=failed))
    return found


def decided(found: list[Measurement]) -> dict[tuple[str, date], Standing]:
    return {
        (one.level, one.due_day): one.standing
        for one in found
        if one.standing is not Standing.PENDING
    }


@settings(deadline=None)
@given(audits=AUDITS, earlier=HOURS, later=HOURS)
def test_what_was_decided_stays_decided_whatever_comes_later(
    audits: list[tuple[int, int, str | None]], earlier: int, later: int
):
    start = utc("2026-11-01 00:00")
    records = built(audits)
    first, second = sorted((earlier, later))
    before, after = (
        decided(
            measurements(
                History.of(
                    PROMISE,
                    records,
                    now=start + timedelta(hours=hours),
                    since=start,
                    time_zone=BERLIN,
                ),
                days=30,
            )
        )
        for hours in (first, second)
    )
    assert before.items() <= after.items()


@settings(deadline=None)
@given(audits=AUDITS, seed=st.randoms(use_true_random=False))
def test_the_order_in_which_records_are_read_does_not_matter(
    audits: list[tuple[int, int, str | None]], seed: Random
):
    records = {record.at: record for record in built(audits)}
    shuffled = list(records.values())
    seed.shuffle(shuffled)
    now = "2026-11-09 12:00"
    assert measurements(history(*records.values(), now=now), days=30) == measurements(
        history(*shuffled, now=now), days=30
    )
