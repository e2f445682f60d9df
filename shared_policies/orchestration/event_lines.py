"""The lines that a pull writes for whoever collects logs: one an account.

Belongs here: which facts of a pull are told. Does not: how a line is written (platform).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from shared_policies.platform.event_lines import tell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared_policies.platform.days import DayRange
    from shared_policies.platform.errors import PipelineError
    from shared_policies.platform.event_lines import Event
    from shared_policies.platform.pull_log import SliceRecord
    from shared_policies.platform.pulling import PullReport
    from shared_policies.platform.streams import Stream


def tell_of_pull(report: PullReport, *, run_id: str) -> None:
    """What was landed of each account, and why the others were not; `day` is the first one."""
    by_account: dict[str, list[SliceRecord]] = defaultdict(list)
    for record in report.records:
        by_account[record.account_id].append(record)
    for account_id, records in by_account.items():
        tell(
            "pull finished",
            run_id=run_id,
            source=report.stream.source,
            stream=report.stream.name,
            account=account_id,
            day=records[0].account_day,
            last_day=records[-1].account_day,
            rows=sum(record.row_count for record in records),
            changed_days=sum(record.outcome != "unchanged" for record in records),
            sandbox=report.sandbox,
            verdict="OK",
        )
    told: tuple[tuple[Event, Mapping[str, PipelineError]], ...] = (
        ("account unreadable", report.unreadable),
        ("pull failed", report.failed),
    )
    for event, errors in told:
        for account_id, error in errors.items():
            tell(
                event,
                run_id=run_id,
                account=account_id,
                **_facts(error, report.stream, report.days),
            )


def tell_of_failure(error: PipelineError, stream: Stream, days: DayRange, *, run_id: str) -> None:
    """No account could be listed."""
    facts = _facts(error, stream, days)
    tell("pull failed", run_id=run_id, account=error.account_id, **facts)


def _facts(error: PipelineError, stream: Stream, days: DayRange) -> dict[str, object]:
    """`verdict` is the error's class: what its reader can do about it."""
    return {
        "source": stream.source,
        "stream": stream.name,
        "day": days.start,
        "last_day": days.last_day,
        "verdict": type(error).__name__,
        "found": error.found,
        "cure": error.cure,
    }
