"""Which audited tables hold which day.

Belongs here: days against a product's own periods. Does not: by when it must be there (sli).

A product has a row per day, per week or per month, or describes a state that has no day at all.
Its contract says which: the unit of its latency's element, or that there is no element.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from shared_policies.governance.policies.verdicts import Outcome
from shared_policies.governance.service_levels.calendar_time import ONE_DAY, end_of

if TYPE_CHECKING:
    from shared_policies.governance.contracts.model import Contract
    from shared_policies.governance.ledger import AuditRecord

WEEK = "first day of the week"
MONTH = "first day of the month"


def covers(record: AuditRecord, day: date, contract: Contract, *, time_zone: str) -> bool:
    """Whether the audited table holds `day` wholly.

    Of a week or month that is still running nothing is due: the last one that was over by the end
    of `day` counts. A table without days holds what was known when it was audited, so it holds
    `day` if that was over by then, in `time_zone` (IANA).
    """
    latency = contract.service_levels.get("latency")
    if latency is not None and latency.element is None:
        return record.at >= end_of(day, time_zone=time_zone)
    column = None if latency is None else contract.column(latency.element or "")
    due = last_period(day, "" if column is None else column.unit)
    return record.covered_through is not None and record.covered_through >= due


def last_period(day: date, unit: str) -> date:
    """The first day of the last period (a day, where `unit` names no longer one) that is over."""
    tomorrow = day + ONE_DAY
    if unit == WEEK:
        return tomorrow - timedelta(days=tomorrow.weekday() + 7)
    if unit == MONTH:
        return (tomorrow.replace(day=1) - ONE_DAY).replace(day=1)
    return day


def by_itself(record: AuditRecord) -> bool:
    """Published, and without the help of a waiver."""
    waived = any(verdict.outcome is Outcome.WAIVED for verdict in record.verdicts)
    return record.published and not waived
