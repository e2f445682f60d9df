"""What a policy is: one pure function with a stable code, and what may be tuned about it.

Belongs here: the declaration and its documentation. Does not: any rule, which policies are in
force (pack).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from shared_policies.governance.policies.verdicts import Finding, Outcome, Rollout, Verdict

if TYPE_CHECKING:
    from shared_policies.governance.contracts.refinement import Order

Phase = Literal["static", "run_time", "continuous"]
T = TypeVar("T")
SECTIONS = ("Why", "Remedy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A number or set of a policy. `default` is the mesh's floor; `order` says what is stricter."""

    default: Any
    order: Order
    description: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Policy:
    """A rule of the mesh: `function` judges a subject and knows nothing else.

    It returns a Finding; a run-time policy may return the checks that are to be counted instead.
    Its docstring is `CODE: sentence`, then `Why: ...` and `Remedy: ...` as paragraphs.
    `parameters` may be tightened by a domain or a contract. `declares` are the keys that a rule of
    a contract gives to this policy (which relation, which columns), with what each means; a policy
    that needs such a rule is NOT_APPLICABLE where the contract has none. `grace_until` is the day
    from which an "enforce" policy blocks; until then it warns.
    """

    code: str
    family: str
    phase: Phase
    function: Callable[..., Any]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    declares: Mapping[str, str] = field(default_factory=dict)
    severity: Literal["warn", "error"] = "error"
    rollout: Rollout = "enforce"
    grace_until: date | None = None

    @property
    def name(self) -> str:
        return str(self.function.__name__)

    @property
    def sentence(self) -> str:
        """What must hold, without the code."""
        return self._sections[""].removeprefix(f"{self.code}: ")

    @property
    def why(self) -> str:
        return self._sections["Why"]

    @property
    def remedy(self) -> str:
        return self._sections["Remedy"]

    @cached_property
    def source_text(self) -> str:
        """The function as it runs: a locally altered rule has another digest."""
        return inspect.getsource(self.function)

    def in_force(self, today: date) -> Rollout:
        """Its rollout on `today`: an enforced policy only warns during its grace."""
        if self.rollout == "enforce" and self.grace_until is not None and today < self.grace_until:
            return "warn"
        return self.rollout

    def judge(self, subject: object, *, today: date, values: Mapping[str, Any]) -> Verdict:
        """The verdict on `subject`. A function that raises is an ERROR, which blocks."""
        return self.verdict(attempted(lambda: self.function(subject, **values)), today=today)

    def verdict(self, finding: Finding, *, today: date) -> Verdict:
        """`finding` under this policy's name; one of severity "warn" never fails."""
        outcome = finding.outcome
        if outcome is Outcome.FAIL and self.severity == "warn":
            outcome = Outcome.WARN
        return Verdict(
            code=self.code,
            name=self.name,
            family=self.family,
            outcome=outcome,
            observed=finding.observed,
            expected=finding.expected,
            remedy=self.remedy,
            floor=", ".join(f"{name} {one.default}" for name, one in self.parameters.items()),
            samples=finding.samples,
            failing_rows=finding.failing_rows,
            column=finding.column,
            rollout=self.in_force(today),
        )

    @cached_property
    def _sections(self) -> Mapping[str, str]:
        """The docstring's paragraphs by their first word, "" for the sentence."""
        found: dict[str, str] = {}
        for paragraph in inspect.cleandoc(self.function.__doc__ or "").split("\n\n"):
            text = " ".join(paragraph.split())
            title = next((one for one in SECTIONS if text.startswith(f"{one}: ")), "")
            found.setdefault(title, text.removeprefix(f"{title}: "))
        return found


def attempted(call: Callable[[], T]) -> T | Finding:
    """What `call` returns; if it raises, a finding that says so and blocks."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001  the one boundary: a crash is no pass
        return Finding(
            outcome=Outcome.ERROR,
            observed=f"could not be evaluated: {type(error).__name__}: {error}",
            expected="a verdict",
        )


def policy(
    code: str,
    *,
    family: str,
    phase: Phase,
    parameters: Mapping[str, Parameter] | None = None,
    declares: Mapping[str, str] | None = None,
    severity: Literal["warn", "error"] = "error",
    rollout: Rollout = "enforce",
    grace_until: date | None = None,
) -> Callable[[Callable[..., Any]], Policy]:
    """Declare the function below as a policy. Registers nothing: a pack lists its policies."""

    def declared(function: Callable[..., Any]) -> Policy:
        return Policy(
            code=code,
            family=family,
            phase=phase,
            function=function,
            parameters=parameters or {},
            declares=declares or {},
            severity=severity,
            rollout=rollout,
            grace_until=grace_until,
        )

    return declared
