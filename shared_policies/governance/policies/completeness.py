"""Whether everything that is due has been answered.

Belongs here: rules about what is absent. Does not: what is there and wrong.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from shared_policies.governance.policies.verdicts import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared_policies.platform.pull_log import SliceRecord

STILL_PULLED = timedelta(days=1)
SAMPLES = 20


def every_account_day_has_an_answer(
    answers: Mapping[str, Mapping[date, SliceRecord]], *, days: Sequence[date] | None
) -> Verdict:
    """COM-01: an account-day that is due is either landed or proven empty.

    Why: a missing day reads as "no spend" in every chart downstream. `answers` are the latest
    pulls by account and day; without `days`, every day from an account's first to its last is
    due. An account that was not pulled with the others is no longer theirs to answer for.
    """
    last_pull = {
        account_id: max(record.pulled_at for record in by_day.values())
        for account_id, by_day in answers.items()
        if by_day
    }
    newest = max(last_pull.values(), default=None)
    gaps = [
        {"account_id": account_id, "account_day": str(day)}
        for account_id, pulled_at in sorted(last_pull.items())
        if newest is not None and pulled_at >= newest - STILL_PULLED
        for day in (_between(answers[account_id]) if days is None else days)
        if day not in answers[account_id]
    ]
    nothing = not last_pull
    return Verdict(
        code="COM-01",
        name="every_account_day_has_an_answer",
        outcome=Outcome.FAIL if gaps or nothing else Outcome.PASS,
        observed="no account was ever landed" if nothing else f"{len(gaps)} without an answer",
        expected="an answer, even an empty one, for every account-day",
        remedy="Materialise these partitions of the asset again.",
        samples=gaps[:SAMPLES],
    )


def _between(by_day: Mapping[date, SliceRecord]) -> list[date]:
    first, last = min(by_day), max(by_day)
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
