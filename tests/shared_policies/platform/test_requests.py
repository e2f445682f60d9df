"""How the outside world is asked."""

from __future__ import annotations

import sqlite3
import traceback
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import (
    CredentialsRejected,
    PipelineError,
    QuotaExhausted,
    RequestTooLarge,
    TransientFault,
)
from shared_policies.platform.requests import RequestPolicy, RequestSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOKEN = "token/with+signs"


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def policy(tmp_path: Path, waits: list[float]) -> RequestPolicy:
    return RequestPolicy(
        source="ads",
        settings=RequestSettings(
            timeout_seconds=7,
            max_attempts=4,
            first_wait_seconds=1,
            longest_wait_seconds=60,
            requests_per_second=1000,
        ),
        secrets=(SecretStr(TOKEN),),
        rate_limits_dir=tmp_path,
        sleep=waits.append,
    )


def failing_until(attempt: int, error: Exception) -> Callable[[float], str]:
    attempts: list[float] = []

    def send(timeout: float) -> str:
        attempts.append(timeout)
        if len(attempts) < attempt:
            raise error
        return f"answered at attempt {len(attempts)} with {timeout} s"

    return send


def ask(policy: RequestPolicy, send: Callable[[float], str], found: PipelineError | None) -> str:
    return policy.call(
        send,
        account_id="42",
        days=DayRange.single(date(2026, 3, 1)),
        classify=lambda _: found,
    )


def transient() -> PipelineError:
    return TransientFault("It faltered.", cure="Run again.", source="ads")


def test_a_transient_fault_is_tried_again_with_growing_waits(
    policy: RequestPolicy, waits: list[float]
):
    assert ask(policy, failing_until(3, OSError()), transient()) == "answered at attempt 3 with 7 s"
    assert len(waits) == 2
    assert 1 <= waits[0] <= 2
    assert 2 <= waits[1] <= 3


def test_the_last_attempt_s_error_names_account_day_and_cure(policy: RequestPolicy):
    with pytest.raises(TransientFault) as failed:
        ask(policy, failing_until(99, OSError()), transient())
    assert str(failed.value) == "ads account 42, 2026-03-01: It faltered. Run again."


def test_a_platform_that_says_how_long_is_waited_for(policy: RequestPolicy, waits: list[float]):
    found = QuotaExhausted("Slow down.", cure="Wait.", source="ads", retry_after_seconds=33)
    ask(policy, failing_until(2, OSError()), found)
    assert waits == [33]


def test_a_platform_that_wants_an_hour_is_not_waited_for(policy: RequestPolicy, waits: list[float]):
    found = QuotaExhausted("Slow down.", cure="Wait.", source="ads", retry_after_seconds=3600)
    with pytest.raises(QuotaExhausted):
        ask(policy, failing_until(2, OSError()), found)
    assert waits == []


def test_rejected_credentials_are_not_tried_again(policy: RequestPolicy, waits: list[float]):
    found = CredentialsRejected("Refused.", cure="Authorise again.", source="ads")
    with pytest.raises(CredentialsRejected):
        ask(policy, failing_until(2, OSError()), found)
    assert waits == []


def test_a_bug_of_ours_leaves_as_it_is(policy: RequestPolicy):
    with pytest.raises(ZeroDivisionError):
        ask(policy, failing_until(2, ZeroDivisionError()), None)


def test_no_secret_survives_in_message_or_traceback(policy: RequestPolicy):
    error = OSError(f"GET https://ads.example/?access_token={TOKEN} and token%2Fwith%2Bsigns")
    found = CredentialsRejected(f"Refused {TOKEN}.", cure="Authorise again.", source="ads")
    with pytest.raises(CredentialsRejected) as failed:
        ask(policy, failing_until(2, error), found)
    shown = "".join(traceback.format_exception(failed.value.__cause__)) + str(failed.value)
    assert "token/with+signs" not in shown
    assert "token%2Fwith%2Bsigns" not in shown
    assert "OSError" in shown


def test_two_processes_that_ask_for_one_account_share_its_limit(
    policy: RequestPolicy, tmp_path: Path
):
    """Each has a policy of its own; the bucket that both fill is one file an account."""
    twin = replace(policy)
    ask(policy, failing_until(1, OSError()), None)
    ask(twin, failing_until(1, OSError()), None)
    with sqlite3.connect(tmp_path / "ads-42.sqlite") as bucket:
        (table,) = bucket.execute("select name from sqlite_master where type = 'table'").fetchone()
        assert bucket.execute(f'select count(*) from "{table}"').fetchone() == (2,)  # noqa: S608
    bucket.close()


def test_a_range_that_is_too_large_is_asked_in_parts(policy: RequestPolicy):
    asked: list[DayRange] = []

    def pull(days: DayRange) -> int:
        asked.append(days)
        if len(days) > 2:
            raise RequestTooLarge("Too much.", cure="Ask for less.", source="ads")
        return len(days)

    week = DayRange(start=date(2026, 3, 1), end=date(2026, 3, 8))
    assert sum(policy.in_parts(week, pull)) == 7
    assert [day for days in asked if len(days) <= 2 for day in days] == list(week)


def test_a_single_day_that_is_too_large_is_an_error(policy: RequestPolicy):
    def pull(_: DayRange) -> int:
        raise RequestTooLarge("Too much.", cure="Ask for less.", source="ads")

    with pytest.raises(RequestTooLarge):
        policy.in_parts(DayRange.single(date(2026, 3, 1)), pull)
