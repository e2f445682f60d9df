"""The outcome of a policy, and what a candidate product shows to one.

Belongs here: values that all policies share. Does not: any rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shared_policies.governance.contracts.loading import Contract


class Outcome(IntEnum):
    """Ordered: the worst of several is the largest. All above WARN block publication."""

    PASS = 0
    WARN = 1
    FAIL = 2
    MISSING = 3
    ERROR = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a policy says; sentences for the owner. `samples` are keys, never personal data."""

    code: str
    name: str
    outcome: Outcome
    observed: str
    expected: str
    remedy: str
    samples: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """What was found in the table that wants to be published.

    `types` are the warehouse's, by column in order. `nulls` counts missing values of required
    columns and `null_samples` shows some of those rows.
    """

    contract: Contract
    types: Mapping[str, str]
    row_count: int
    duplicate_keys: int
    duplicate_samples: Sequence[Mapping[str, Any]]
    nulls: Mapping[str, int]
    null_samples: Sequence[Mapping[str, Any]]
    sandbox_rows: int
    sandbox_expected: bool | None


def overall(verdicts: Iterable[Verdict], *, expected: frozenset[str]) -> Outcome:
    """The worst outcome. A policy without a verdict is MISSING; so is an empty set of policies."""
    by_code = {verdict.code: verdict.outcome for verdict in verdicts}
    if not expected or expected - by_code.keys():
        return max([Outcome.MISSING, *by_code.values()])
    return max(by_code.values())
