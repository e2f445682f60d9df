"""Whether everything that is due was answered."""

from __future__ import annotations

from datetime import UTC, date, datetime

from shared_policies.governance.policies.completeness import every_account_day_has_an_answer
from shared_policies.governance.policies.verdicts import Outcome
from shared_policies.platform.pull_log import SliceRecord


def record(day: date, pulled_at: datetime) -> SliceRecord:
    return SliceRecord(
        stream="campaign_day",
        account_id="1",
        account_day=day,
        pulled_at=pulled_at,
        content_pulled_at=pulled_at,
        outcome="new",
        row_count=0,
        content_hash="",
        content_file="",
        requests=1,
        day_was_over=True,
        account_name="One",
        account_time_zone="UTC",
        account_currency="EUR",
        control_totals="",
        control_difference="",
        quality_flags="",
        sandbox=True,
        logged_at=pulled_at,
    )


def test_a_day_that_was_never_answered_is_named():
    monday, tuesday, wednesday = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
    at = datetime(2026, 3, 5, tzinfo=UTC)
    answers = {"1": {monday: record(monday, at), wednesday: record(wednesday, at)}}
    verdict = every_account_day_has_an_answer(answers, days=None)
    assert verdict.outcome is Outcome.FAIL
    assert list(verdict.samples) == [{"account_id": "1", "account_day": str(tuesday)}]
    complete = every_account_day_has_an_answer(answers, days=[monday, wednesday])
    assert complete.outcome is Outcome.PASS


def test_an_account_that_is_no_longer_pulled_does_not_hold_up_the_others():
    monday = date(2026, 3, 2)
    old, new = datetime(2026, 3, 3, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)
    recent = date(2026, 3, 29)
    answers = {"closed": {monday: record(monday, old)}, "1": {recent: record(recent, new)}}
    assert every_account_day_has_an_answer(answers, days=[recent]).outcome is Outcome.PASS
