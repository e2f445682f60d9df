"""From the ledger's records to the rows of the scorecard: counts, and shares of counts.

Belongs here: the arithmetic. Does not: reading the ledger, publishing (product).

There are no weights. A share is the number of verdicts that were kept over the number that were
reached, within one dimension, so that anybody can count it again in the ledger; dimensions are
not added up to one grade, because nobody can say what a duplicate weighs against a late day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from shared_policies.governance.policies.verdicts import Outcome
from shared_policies.platform.days import local_day

if TYPE_CHECKING:
    from shared_policies.governance.ledger import AuditRecord
    from shared_policies.governance.policies.verdicts import Verdict

Dimension = Literal[
    "accuracy",
    "completeness",
    "conformity",
    "consistency",
    "timeliness",
    "uniqueness",
]
State = Literal["kept", "warned", "waived", "failed", "undecided", "not_applicable", "not_audited"]

# The contract standard's data quality dimensions. What a domain adds under a family of its own
# is agreement with its rules: conformity.
DIMENSION_OF_FAMILY: Mapping[str, Dimension] = {
    "duplicates": "uniqueness",
    "keys": "uniqueness",
    "levels": "accuracy",
    "nulls": "completeness",
    "privacy": "conformity",
    "provenance": "conformity",
    "references": "consistency",
    "restatements": "consistency",
    "rules": "consistency",
    "schema": "conformity",
    "texts": "conformity",
    "times": "timeliness",
    "totals": "accuracy",
    "values": "conformity",
    "volume": "completeness",
}
OTHER_FAMILIES: Dimension = "conformity"
DIMENSIONS: tuple[Dimension, ...] = (
    "accuracy",
    "completeness",
    "conformity",
    "consistency",
    "timeliness",
    "uniqueness",
)
# From best to worst as the owner sees it: a waiver lets a failure pass, and a failure it is.
STATES: Mapping[Outcome, State] = {
    Outcome.NOT_APPLICABLE: "not_applicable",
    Outcome.PASS: "kept",
    Outcome.WARN: "warned",
    Outcome.WAIVED: "waived",
    Outcome.FAIL: "failed",
    Outcome.MISSING: "undecided",
    Outcome.ERROR: "undecided",
}
WORST_LAST = list(STATES)
BROKEN = frozenset({Outcome.WAIVED, Outcome.FAIL, Outcome.MISSING, Outcome.ERROR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One product's day in one dimension.

    Counts are of all audits of the day; `state` and `policies` are those of its last audit.
    `failed` includes `waived`. `failing_since` is the first of the days up to this one on which
    the last known audit was broken in the dimension, None if it is not broken.
    """

    domain: str
    product: str
    dimension: Dimension
    day: date
    state: State
    audits: int
    published: int
    judged: int
    kept: int
    warned: int
    failed: int
    waived: int
    undecided: int
    policies: tuple[str, ...]
    failing_since: date | None

    @property
    def share_kept(self) -> float | None:
        """None where no verdict was reached: not evaluated is not kept."""
        return self.kept / self.judged if self.judged else None


def scores(
    records: Iterable[AuditRecord], *, ports: Sequence[str], today: date, time_zone: str
) -> Iterator[Score]:
    """A score per product, dimension and day, from a product's first audit to `today`.

    A day without an audit is `not_audited`, and so is today for one of `ports` that never was.
    Days are those of `time_zone` (IANA) on which an audit ended.
    """
    by_port: dict[str, list[AuditRecord]] = {port: [] for port in ports}
    for record in records:
        by_port.setdefault(record.port, []).append(record)
    for port in sorted(by_port):
        by_day = _by_day(by_port[port], time_zone)
        first = min(by_day, default=today)
        for dimension in DIMENSIONS:
            yield from _history(port, dimension, by_day, first=first, today=today)


def dimension_of(family: str) -> Dimension:
    return DIMENSION_OF_FAMILY.get(family, OTHER_FAMILIES)


def _by_day(records: Iterable[AuditRecord], time_zone: str) -> dict[date, list[AuditRecord]]:
    def day_of(record: AuditRecord) -> date:
        return local_day(record.at, time_zone=time_zone)

    in_order = sorted(records, key=lambda record: (day_of(record), record.sequence))
    return {day: list(group) for day, group in groupby(in_order, key=day_of)}


def _history(
    port: str,
    dimension: Dimension,
    by_day: Mapping[date, Sequence[AuditRecord]],
    *,
    first: date,
    today: date,
) -> Iterator[Score]:
    failing_since: date | None = None
    for offset in range((today - first).days + 1):
        day = first + timedelta(days=offset)
        audits = by_day.get(day, ())
        if audits:
            is_broken = bool(_last_outcomes(audits, dimension).keys() & BROKEN)
            failing_since = (failing_since or day) if is_broken else None
        yield _score(port, dimension, day, audits, failing_since)


def _score(
    port: str,
    dimension: Dimension,
    day: date,
    audits: Sequence[AuditRecord],
    failing_since: date | None,
) -> Score:
    domain, _, product = port.partition("/")
    outcomes = [one.outcome for audit in audits for one in _of(audit, dimension)]
    last = _last_outcomes(audits, dimension)
    worst = max(last, default=Outcome.NOT_APPLICABLE, key=WORST_LAST.index)
    kept = outcomes.count(Outcome.PASS)
    warned = outcomes.count(Outcome.WARN)
    waived = outcomes.count(Outcome.WAIVED)
    failed = outcomes.count(Outcome.FAIL) + waived
    undecided = outcomes.count(Outcome.ERROR) + outcomes.count(Outcome.MISSING)
    return Score(
        domain=domain,
        product=product,
        dimension=dimension,
        day=day,
        state=STATES[worst] if audits else "not_audited",
        audits=len(audits),
        published=sum(audit.published for audit in audits),
        judged=kept + warned + failed + undecided,
        kept=kept,
        warned=warned,
        failed=failed,
        waived=waived,
        undecided=undecided,
        policies=tuple(
            sorted(code for outcome in BROKEN | {Outcome.WARN} for code in last.get(outcome, ()))
        ),
        failing_since=failing_since,
    )


def _of(audit: AuditRecord, dimension: Dimension) -> list[Verdict]:
    return [one for one in audit.verdicts if dimension_of(one.family) == dimension]


def _last_outcomes(audits: Sequence[AuditRecord], dimension: Dimension) -> dict[Outcome, set[str]]:
    """The codes by outcome in the day's last audit."""
    found: dict[Outcome, set[str]] = {}
    for verdict in _of(audits[-1], dimension) if audits else ():
        found.setdefault(verdict.outcome, set()).add(verdict.code)
    return found
