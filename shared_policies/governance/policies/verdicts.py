"""The outcome of a policy, and what all outcomes together mean.

Belongs here: values that all policies share. Does not: any rule, what was found in a table (facts).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Rollout = Literal["audit", "warn", "enforce"]


class Outcome(IntEnum):
    """Ordered: the worst of several is the largest. All above WARN block publication."""

    PASS = 0
    NOT_APPLICABLE = 1
    WAIVED = 2
    WARN = 3
    FAIL = 4
    MISSING = 5
    ERROR = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a policy's function says. `samples` are keys, never personal data.

    `failing_rows` counts rows, or whatever `samples` shows one of.
    """

    outcome: Outcome
    observed: str
    expected: str
    samples: Sequence[Mapping[str, Any]] = ()
    failing_rows: int = 0
    column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A finding under its policy's name; sentences for the owner.

    `floor` is the least that the mesh asks of the policy's parameters, `rollout` whether a FAIL is
    enforced yet, `pack_digest` the exact rules that judged.
    """

    code: str
    name: str
    outcome: Outcome
    observed: str
    expected: str
    remedy: str
    family: str = ""
    floor: str = ""
    samples: Sequence[Mapping[str, Any]] = ()
    failing_rows: int = 0
    column: str | None = None
    waived_by: str | None = None
    rollout: Rollout = "enforce"
    pack_digest: str = ""

    @property
    def effect(self) -> Outcome:
        """What it does to publication: a FAIL that is not enforced yet is shown and warns."""
        if self.outcome is Outcome.FAIL and self.rollout != "enforce":
            return Outcome.WARN
        return self.outcome

    @property
    def blocks(self) -> bool:
        return self.effect > Outcome.WARN

    def waived(self, by: str) -> Verdict:
        """The same observation, let pass by the waiver `by`."""
        return replace(self, outcome=Outcome.WAIVED, waived_by=by)


def overall(verdicts: Iterable[Verdict], *, expected: frozenset[str]) -> Outcome:
    """The worst effect. A policy without a verdict is MISSING; so is an empty set of policies."""
    by_code: dict[str, Outcome] = {}
    for verdict in verdicts:
        by_code[verdict.code] = max(verdict.effect, by_code.get(verdict.code, Outcome.PASS))
    if not expected or expected - by_code.keys():
        return max([Outcome.MISSING, *by_code.values()])
    return max(by_code.values())
