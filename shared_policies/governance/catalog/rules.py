"""What the policy page says of a policy: its own words, its floors, who may waive it.

Belongs here: a policy as plain values. Does not: rules (policies), layout (page).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared_policies.governance.powers import power_over

if TYPE_CHECKING:
    from datetime import date

    from shared_policies.governance.policies.pack import Pack
    from shared_policies.governance.policies.policy import Policy

WHEN = {
    "static": "when a code location loads",
    "run_time": "before every publication",
    "continuous": "on the clock",
}
EFFECT = {"enforce": "blocks", "warn": "warns", "audit": "is only recorded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterEntry:
    """A parameter: the floor, and in which direction a domain may move it."""

    name: str
    floor: str
    order: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyEntry:
    """A policy in the reader's words."""

    code: str
    name: str
    family: str
    when: str
    effect: str
    waivable: str
    sentence: str
    why: str
    remedy: str
    parameters: tuple[ParameterEntry, ...]
    declares: tuple[tuple[str, str], ...]


def policy_entries(pack: Pack, *, today: date) -> list[PolicyEntry]:
    """Every policy of `pack`, by family and code."""
    ordered = sorted(pack.policies, key=lambda policy: (policy.family, policy.code))
    return [_entry(policy, pack, today) for policy in ordered]


def _entry(policy: Policy, pack: Pack, today: date) -> PolicyEntry:
    values = pack.values_of(policy.code)
    return PolicyEntry(
        code=policy.code,
        name=policy.name,
        family=policy.family,
        when=WHEN[policy.phase],
        effect=_effect(policy, today),
        waivable=_waivable(policy),
        sentence=policy.sentence,
        why=policy.why,
        remedy=policy.remedy,
        parameters=tuple(
            ParameterEntry(
                name=name,
                floor=_shown(values[name]),
                order=str(parameter.order),
                meaning=parameter.description,
            )
            for name, parameter in policy.parameters.items()
        ),
        declares=tuple(policy.declares.items()),
    )


def _effect(policy: Policy, today: date) -> str:
    if policy.severity == "warn":
        return EFFECT["warn"]
    in_force = policy.in_force(today)
    if in_force != policy.rollout:
        return f"{EFFECT[in_force]} until {policy.grace_until}, then {EFFECT[policy.rollout]}"
    return EFFECT[in_force]


def _waivable(policy: Policy) -> str:
    power = power_over(policy)
    if power is None:
        return "nobody may waive it"
    return f"waived by the {power.authority.spoken}, for {power.longest.days} days at most"


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (tuple, list, frozenset)) else str(value)
