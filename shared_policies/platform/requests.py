"""The one place that decides how the outside world is asked: how long, how often, how fast.

Belongs here: timeouts, retries with backoff and jitter, rate limits, splitting of requests that
are too large, redaction. Does not: what a platform's error means (connectors).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Literal, TypeVar

import tenacity
from pyrate_limiter import Duration, Limiter, Rate
from pyrate_limiter.buckets import SQLiteBucket

from shared_policies.platform.company import data_settings
from shared_policies.platform.errors import (
    PipelineError,
    QuotaExhausted,
    RequestTooLarge,
    RetryLater,
)
from shared_policies.platform.redaction import redact, redacted_cause

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pydantic import SecretStr

    from shared_policies.platform.days import DayRange

Answer = TypeVar("Answer")
RateIsPer = Literal["account", "user"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSettings:
    """How one source is asked.

    `requests_per_second` holds per account, or for all accounts of a user together, and is shared
    by every process on this machine.
    A platform that asks to wait longer than `longest_wait_seconds` is not waited for.
    """

    timeout_seconds: float
    max_attempts: int
    first_wait_seconds: float
    longest_wait_seconds: float
    requests_per_second: int
    rate_is_per: RateIsPer = "account"


@dataclass(kw_only=True)
class RequestPolicy:
    """Sends the requests of one source."""

    source: str
    settings: RequestSettings
    secrets: tuple[SecretStr, ...]
    rate_limits_dir: Path
    sleep: Callable[[float], None] = time.sleep
    _limiters: dict[str, Limiter] = field(default_factory=dict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    @classmethod
    def of_source(
        cls,
        source: str,
        *,
        timeout_seconds: float,
        longest_wait_seconds: float,
        requests_per_second: int,
        secrets: tuple[SecretStr, ...],
        sandbox: bool,
        rate_is_per: RateIsPer = "account",
    ) -> RequestPolicy:
        """How every source is asked but for what it chooses itself.

        A local stand-in is not spared: its faults are over at once.
        """
        return cls(
            source=source,
            settings=RequestSettings(
                timeout_seconds=timeout_seconds,
                max_attempts=5,
                first_wait_seconds=0.2 if sandbox else 5.0,
                longest_wait_seconds=longest_wait_seconds,
                requests_per_second=requests_per_second,
                rate_is_per=rate_is_per,
            ),
            secrets=secrets,
            rate_limits_dir=data_settings().rate_limits_dir,
        )

    def call(
        self,
        send: Callable[[float], Answer],
        *,
        account_id: str | None,
        days: DayRange | None,
        classify: Callable[[Exception], PipelineError | None],
    ) -> Answer:
        """Send until answered; `send` gets the timeout in seconds.

        `classify` turns an SDK's exception into one of ours; None means that it is a bug of ours
        and leaves as it is. Only a RetryLater is tried again.

        Raises:
            PipelineError: after the last attempt, without a secret in it or in its cause.
        """
        attempts = tenacity.Retrying(
            retry=tenacity.retry_if_exception(self._worth_waiting_for),
            stop=tenacity.stop_after_attempt(self.settings.max_attempts),
            wait=self._wait,
            sleep=self.sleep,
            reraise=True,
        )
        answer: Answer = attempts(self._send_once, send, account_id, days, classify)
        return answer

    def in_parts(self, days: DayRange, pull_part: Callable[[DayRange], Answer]) -> list[Answer]:
        """`pull_part` over `days`, halved for as long as the platform finds the part too large.

        Raises:
            RequestTooLarge: a single day is too large.
        """
        try:
            return [pull_part(days)]
        except RequestTooLarge:
            if len(days) == 1:
                raise
        earlier, later = days.halves()
        return [*self.in_parts(earlier, pull_part), *self.in_parts(later, pull_part)]

    def redact(self, text: str) -> str:
        return redact(text, secrets=self.secrets)

    def _send_once(
        self,
        send: Callable[[float], Answer],
        account_id: str | None,
        days: DayRange | None,
        classify: Callable[[Exception], PipelineError | None],
    ) -> Answer:
        self._wait_for_turn(account_id)
        try:
            return send(self.settings.timeout_seconds)
        except PipelineError as error:
            error.complete(account_id=account_id, days=days, clean=self.redact)
            raise
        except Exception as error:
            found = classify(error)
            if found is None:
                raise
            found.complete(account_id=account_id, days=days, clean=self.redact)
            raise found from redacted_cause(error, secrets=self.secrets)

    def _worth_waiting_for(self, error: BaseException) -> bool:
        if isinstance(error, QuotaExhausted) and error.retry_after_seconds is not None:
            return error.retry_after_seconds <= self.settings.longest_wait_seconds
        return isinstance(error, RetryLater)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        backoff = tenacity.wait_exponential_jitter(
            multiplier=self.settings.first_wait_seconds,
            max=self.settings.longest_wait_seconds,
            jitter=self.settings.first_wait_seconds,
        )
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after_seconds if isinstance(error, RetryLater) else None
        return max(backoff(state), asked or 0.0)

    def _wait_for_turn(self, account_id: str | None) -> None:
        per_account = self.settings.rate_is_per == "account"
        key = account_id if per_account and account_id else "any"
        with self._lock:
            limiter = self._limiters.get(key)
            if limiter is None:
                limiter = self._limiters[key] = self._open_limiter(key)
        limiter.try_acquire(key)

    def _open_limiter(self, key: str) -> Limiter:
        """One SQLite bucket per account, locked by a file, so that processes share the limit."""
        self.rate_limits_dir.mkdir(parents=True, exist_ok=True)
        bucket = SQLiteBucket.init_from_file(
            [Rate(self.settings.requests_per_second, Duration.SECOND)],
            db_path=str(self.rate_limits_dir / f"{self.source}-{key}.sqlite"),
            use_file_lock=True,
        )
        return Limiter(bucket)
