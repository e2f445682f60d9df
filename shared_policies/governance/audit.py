"""Looks at a candidate and lets every policy judge it: the step between building and publishing.

Belongs here: finding the facts. Does not: the rules (policies), the swap (platform).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared_policies.governance.policies.contract_keeping import CODES, POLICIES, Candidate
from shared_policies.governance.policies.verdicts import Outcome, Verdict, overall

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared_policies.governance.contracts.loading import Contract
    from shared_policies.platform.warehouse import Warehouse

SAMPLES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """All verdicts over one candidate, a verdict for every expected policy."""

    contract: Contract
    verdicts: tuple[Verdict, ...]
    row_count: int
    sandbox: bool

    @property
    def may_be_published(self) -> bool:
        return overall(self.verdicts, expected=CODES) <= Outcome.WARN

    def refusal(self) -> str:
        """Why it may not be published, for the owner."""
        lines = [
            f"- {verdict.code} {verdict.name}: {verdict.observed}; expected {verdict.expected}. "
            f"{verdict.remedy}"
            + (f" Such as {dict(verdict.samples[0])}." if verdict.samples else "")
            for verdict in self.verdicts
            if verdict.outcome > Outcome.WARN
        ]
        return (
            f"{self.contract.port} was not published; the last good version stays. "
            f"Owner: team {self.contract.team}.\n" + "\n".join(lines)
        )


def audit(
    contract: Contract, warehouse: Warehouse, *, relation: str, sandbox_expected: bool | None
) -> Audit:
    """Judge `relation`. `sandbox_expected` is what the input ports are, None without any."""
    types = warehouse.columns(relation)
    promised = {column.name for column in contract.columns}
    if not promised <= types.keys():
        # The other facts cannot be asked of columns that are not there.
        candidate = _unasked(contract, types)
        verdicts = tuple(policy(candidate) for policy in POLICIES[:1])
        return Audit(contract=contract, verdicts=verdicts, row_count=0, sandbox=False)
    candidate = _facts(contract, warehouse, relation, types, sandbox_expected=sandbox_expected)
    return Audit(
        contract=contract,
        verdicts=tuple(policy(candidate) for policy in POLICIES),
        row_count=candidate.row_count,
        sandbox=candidate.sandbox_rows > 0,
    )


def _unasked(contract: Contract, types: Mapping[str, str]) -> Candidate:
    return Candidate(
        contract=contract,
        types=types,
        row_count=0,
        duplicate_keys=0,
        duplicate_samples=(),
        nulls={},
        null_samples=(),
        sandbox_rows=0,
        sandbox_expected=None,
    )


def _facts(
    contract: Contract,
    warehouse: Warehouse,
    relation: str,
    types: Mapping[str, str],
    *,
    sandbox_expected: bool | None,
) -> Candidate:
    required = [column.name for column in contract.columns if column.required]
    counts = ", ".join(f"count(*) - count({name}) as {name}" for name in required)
    nulls = warehouse.rows(f"select {counts} from {relation}")[0]
    totals = warehouse.rows(
        "select count(*) as row_count, count(*) filter (where sandbox) as sandbox_rows"
        f" from {relation}"
    )[0]
    key = ", ".join(contract.key)
    twice = warehouse.rows(
        f"select {key}, count(*) as row_count from {relation} group by {key} having count(*) > 1"
    )
    return Candidate(
        contract=contract,
        types=types,
        row_count=totals["row_count"],
        duplicate_keys=len(twice),
        duplicate_samples=twice[:SAMPLES],
        nulls=nulls,
        null_samples=_null_samples(contract, warehouse, relation, nulls),
        sandbox_rows=totals["sandbox_rows"],
        sandbox_expected=sandbox_expected,
    )


def _null_samples(
    contract: Contract, warehouse: Warehouse, relation: str, nulls: Mapping[str, int]
) -> Sequence[Mapping[str, Any]]:
    """Keys and currencies of rows that miss a value."""
    missing = [name for name, count in nulls.items() if count]
    if not missing:
        return ()
    shown = [
        column.name
        for column in contract.columns
        if column.key_position is not None or column.unit == "ISO 4217"
    ]
    some = " or ".join(f"{name} is null" for name in missing)
    return warehouse.rows(f"select {', '.join(shown)} from {relation} where {some} limit {SAMPLES}")
