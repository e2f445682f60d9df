"""From the ledger's records to the rows of the scorecard: counts, and shares of counts.

Belongs here: the arithmetic. Does not: reading the ledger, publishing (product).

There are no weights. A share is the number of verdicts that were kept over the number that were
reached, within one dimension, so that anybody can count it again in the ledger; dimensions are
not added up to one grade, because nobody can say what a duplicate weighs against a late day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from shared_policies.governance.policies.verdicts import Outcome
from shared_policies.governance.service_levels.sli import Standing
from shared_policies.platform.days import local_day

if TYPE_CHECKING:
    from shared_policies.governance.ledger import AuditRecord
    from shared_policies.governance.policies.verdicts import Verdict
    from shared_policies.governance.service_levels.sli import Level, Measurement

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
    "changes": "conformity",
    "duplicates": "uniqueness",
    "keys": "uniqueness",
    "levels": "accuracy",
    "nulls": "completeness",
    "privacy": "conformity",
    "provenance": "conformity",
    "quarantine": "completeness",
    "references": "consistency",
    "restatements": "consistency",
    "rules": "consistency",
    "samples": "accuracy",
    "schema": "conformity",
    "semantics": "accuracy",
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
# Whether a version was readable (availability) is no quality of its data.
DIMENSION_OF_LEVEL: Mapping[Level, Dimension] = {
    "latency": "timeliness",
    "freshness": "timeliness",
    "completeness": "completeness",
}
DECIDED = {Standing.KEPT: Outcome.PASS, Standing.MISSED: Outcome.FAIL}
BROKEN = frozenset({Outcome.WAIVED, Outcome.FAIL, Outcome.MISSING, Outcome.ERROR})
SHOWN = BROKEN | {Outcome.WARN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One product's day in one dimension.

    Counts are of all audits of the day and of the service levels due for it; `state` and
    `policies` (codes, and names of levels) are those after its last audit. `failed` includes
    `waived`. `failing_since` is the first of the days up to this one on which what was known
    last was broken in the dimension, None if it is not broken.
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
    records: Iterable[AuditRecord],
    *,
    ports: Sequence[str],
    measured: Iterable[Measurement],
    today: date,
    time_zone: str,
) -> Iterator[Score]:
    """A score per product, dimension and day, from a product's first audit to `today`.

    A day without an audit is `not_audited`, and so is today for one of `ports` that never was.
    Days are those of `time_zone` (IANA) on which an audit ended. `measured` are service levels,
    which count as one verdict each on the day for which they were due.
    """
    days: dict[str, dict[date, _Day]] = {port: {} for port in ports}
    for record in sorted(records, key=lambda one: one.sequence):
        day = local_day(record.at, time_zone=time_zone)
        days.setdefault(record.port, {}).setdefault(day, _Day()).audits.append(record)
    for level in measured:
        of_port = days.setdefault(level.port, {})
        of_port.setdefault(level.due_day, _Day()).levels.append(level)
    for port in sorted(days):
        for dimension in DIMENSIONS:
            yield from _history(port, dimension, days[port], today=today)


def dimension_of(family: str) -> Dimension:
    return DIMENSION_OF_FAMILY.get(family, OTHER_FAMILIES)


@dataclass(frozen=True, slots=True)
class _Day:
    """What happened to one product on one day, audits in their order."""

    audits: list[AuditRecord] = field(default_factory=list)
    levels: list[Measurement] = field(default_factory=list)

    def outcomes(self, dimension: Dimension) -> list[Outcome]:
        """Of all audits, and of the service levels that are decided."""
        verdicts = [one for audit in self.audits for one in _of(audit, dimension)]
        return [*(one.outcome for one in verdicts), *self._decided(dimension).values()]

    def last(self, dimension: Dimension) -> dict[str, Outcome]:
        """By code of a policy or name of a level, after the last audit."""
        verdicts = _of(self.audits[-1], dimension) if self.audits else []
        return {**{one.code: one.outcome for one in verdicts}, **self._decided(dimension)}

    def _decided(self, dimension: Dimension) -> dict[str, Outcome]:
        return {
            one.level: DECIDED[one.standing]
            for one in self.levels
            if DIMENSION_OF_LEVEL.get(one.level) == dimension and one.standing in DECIDED
        }


def _of(audit: AuditRecord, dimension: Dimension) -> list[Verdict]:
    return [one for one in audit.verdicts if dimension_of(one.family) == dimension]


def _history(
    port: str, dimension: Dimension, days: Mapping[date, _Day], *, today: date
) -> Iterator[Score]:
    first = min(days, default=today)
    failing_since: date | None = None
    for offset in range((today - first).days + 1):
        on = first + timedelta(days=offset)
        day = days.get(on, _Day())
        if last := day.last(dimension):
            is_broken = not BROKEN.isdisjoint(last.values())
            failing_since = (failing_since or on) if is_broken else None
        yield _score(port, dimension, on, day, failing_since)


def _score(
    port: str, dimension: Dimension, on: date, day: _Day, failing_since: date | None
) -> Score:
    domain, _, product = port.partition("/")
    counted = Counter(day.outcomes(dimension))
    kept, warned = counted[Outcome.PASS], counted[Outcome.WARN]
    failed = counted[Outcome.FAIL] + counted[Outcome.WAIVED]
    undecided = counted[Outcome.ERROR] + counted[Outcome.MISSING]
    last = day.last(dimension)
    return Score(
        domain=domain,
        product=product,
        dimension=dimension,
        day=on,
        state=_state(day, last),
        audits=len(day.audits),
        published=sum(audit.published for audit in day.audits),
        judged=kept + warned + failed + undecided,
        kept=kept,
        warned=warned,
        failed=failed,
        waived=counted[Outcome.WAIVED],
        undecided=undecided,
        policies=tuple(sorted(name for name, outcome in last.items() if outcome in SHOWN)),
        failing_since=failing_since,
    )


def _state(day: _Day, last: Mapping[str, Outcome]) -> State:
    if not last:
        return "not_applicable" if day.audits else "not_audited"
    return STATES[max(last.values(), key=WORST_LAST.index)]
