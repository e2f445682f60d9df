"""Policies in force together, with the values of their parameters.

Belongs here: tightening, the digest, what a contract's rules may set. Does not: any rule.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shared_policies.governance.contracts.model import Contract
    from shared_policies.governance.policies.policy import Parameter, Phase, Policy


class PackBroken(ValueError):
    """A pack that cannot be in force: a code twice, an unknown policy or parameter."""


class Loosened(PackBroken):
    """A domain or contract asks for less than the floor; the message shows both values."""


@dataclass(frozen=True)
class Pack:
    """`policies` and, by code, the values that differ from their parameters' defaults."""

    policies: tuple[Policy, ...]
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        codes = [policy.code for policy in self.policies]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise PackBroken(f"the codes {twice} stand for two policies each; give each its own")

    @property
    def codes(self) -> frozenset[str]:
        return frozenset(policy.code for policy in self.policies)

    def policy(self, code: str) -> Policy:
        """Raises PackBroken for an unknown code."""
        for one in self.policies:
            if one.code == code:
                return one
        raise PackBroken(f"there is no policy {code!r}; known are {', '.join(sorted(self.codes))}")

    def of_phase(self, phase: Phase) -> Pack:
        """Only the policies of `phase`, with the values of those."""
        kept = tuple(one for one in self.policies if one.phase == phase)
        codes = {one.code for one in kept}
        return Pack(kept, {code: values for code, values in self.values.items() if code in codes})

    def without(self, code: str) -> Pack:
        """Without one policy: to prove that something else would notice."""
        removed = self.policy(code)
        return Pack(tuple(one for one in self.policies if one is not removed), self.values)

    def adding(self, policies: Iterable[Policy]) -> Pack:
        """A domain's own policies beside these."""
        return Pack((*self.policies, *policies), self.values)

    def values_of(self, code: str) -> dict[str, Any]:
        """Every parameter of the policy with the value in force."""
        defaults = {name: one.default for name, one in self.policy(code).parameters.items()}
        return defaults | dict(self.values.get(code, {}))

    def tightened(self, values: Mapping[str, Mapping[str, Any]], *, by: str) -> Pack:
        """With stricter `values` (code to parameter to value), asked for `by` somebody.

        Raises:
            Loosened: a value is looser than the one in force.
            PackBroken: there is no such policy or parameter.
        """
        merged = {code: dict(ours) for code, ours in self.values.items()}
        for code, asked in values.items():
            for name, value in asked.items():
                floor = self.values_of(code).get(name)
                self._refuse_looser(self._parameter(code, name), code, name, value, floor, by)
                merged.setdefault(code, {})[name] = value
        return replace(self, values=merged)

    def for_contract(self, contract: Contract) -> Pack:
        """With what the rules of `contract` tighten; raises as `tightened` does.

        A rule's other keys are the policy's declarations, read when it judges.
        """
        pack = self
        for rule in contract.rules:
            known = self.policy(rule.policy)
            understood = {*known.parameters, *known.declares}
            unknown = sorted(rule.parameters.keys() - understood)
            if unknown:
                raise PackBroken(
                    f"{contract.port} gives {rule.policy} the unknown parameters {unknown}; known "
                    f"are {sorted(understood)}"
                )
            tuned = known.parameters.keys() & rule.parameters.keys()
            asked = {name: rule.parameters[name] for name in tuned}
            pack = pack.tightened({rule.policy: asked}, by=contract.port)
        return pack

    @cached_property
    def digest(self) -> str:
        """Which rules exactly: codes, parameters, rollout and the text of the functions."""
        text = json.dumps(
            [
                {
                    "code": one.code,
                    "phase": one.phase,
                    "severity": one.severity,
                    "rollout": one.rollout,
                    "grace_until": str(one.grace_until),
                    "declares": sorted(one.declares),
                    "orders": {name: str(par.order) for name, par in one.parameters.items()},
                    "values": self.values_of(one.code),
                    "source": one.source_text,
                }
                for one in sorted(self.policies, key=lambda one: one.code)
            ],
            sort_keys=True,
            default=str,
        )
        return hashlib.sha256(text.encode()).hexdigest()

    def _parameter(self, code: str, name: str) -> Parameter:
        known = self.policy(code).parameters
        if name not in known:
            raise PackBroken(f"{code} has no parameter {name!r}; it has {sorted(known)}")
        return known[name]

    @staticmethod
    def _refuse_looser(
        parameter: Parameter, code: str, name: str, value: object, floor: object, by: str
    ) -> None:
        if not parameter.order.refines(value, floor):
            raise Loosened(
                f"{by} sets {code} {name} to {value!r}, which is looser than {floor!r}; a domain "
                f"may only tighten ({parameter.order})"
            )
