"""Who decides what: which policies may be waived, by whom, for how long.

Belongs here: the table. Does not: a waiver (waivers), a policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared_policies.governance.policies.policy import Policy


class Authority(StrEnum):
    """In whose name a waiver is approved; the last is several teams, all of which sign."""

    DOMAIN_OWNER = "domain_owner"
    GOVERNANCE_GROUP = "governance_group"
    DATA_PROTECTION_OFFICER = "data_protection_officer"
    CONSUMER_OWNERS = "consumer_owners"

    @property
    def spoken(self) -> str:
        return self.value.replace("_", " ")


class Matter(StrEnum):
    """What a policy is about, as far as it decides who may waive it."""

    PROMISE = "owner, contract, version, status, support, declared inputs"
    CONVENTION = "identifiers, dates, currencies, units, names"
    PROTECTION = "classification, erasure, longest retention, who may read"
    UNMASKED = "personal data where none may stand"
    BREAKING_CHANGE = "a change that breaks consumers"
    SERVICE_LEVEL_FLOOR = "the least that any product promises"
    SEMANTICS = "what numbers mean, and how they may move"


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """Who may waive a matter, for how long and how many failing rows at most."""

    authority: Authority
    longest: timedelta
    most_rows: int = 1_000


# Nobody may waive what is absent: a promise is kept or changed, and what is unmasked stays inside.
POWERS: Mapping[Matter, Power] = {
    Matter.CONVENTION: Power(authority=Authority.GOVERNANCE_GROUP, longest=timedelta(days=30)),
    Matter.PROTECTION: Power(
        authority=Authority.DATA_PROTECTION_OFFICER, longest=timedelta(days=14)
    ),
    # The notice that a breaking change needs: after it there is nothing left to waive.
    Matter.BREAKING_CHANGE: Power(authority=Authority.CONSUMER_OWNERS, longest=timedelta(days=90)),
    Matter.SERVICE_LEVEL_FLOOR: Power(
        authority=Authority.GOVERNANCE_GROUP, longest=timedelta(days=30)
    ),
    Matter.SEMANTICS: Power(authority=Authority.DOMAIN_OWNER, longest=timedelta(days=7)),
}

# By a policy's family. A family that is not here is waived by nobody until somebody said by whom.
MATTERS: Mapping[str, Matter] = {
    "access": Matter.PROTECTION,
    "changes": Matter.BREAKING_CHANGE,
    "classification": Matter.PROTECTION,
    "contracts": Matter.PROMISE,
    "coverage": Matter.PROMISE,
    "dependencies": Matter.PROMISE,
    "duplicates": Matter.SEMANTICS,
    "keys": Matter.CONVENTION,
    "levels": Matter.SEMANTICS,
    "nulls": Matter.CONVENTION,
    "ownership": Matter.PROMISE,
    "pack": Matter.PROMISE,
    "privacy": Matter.UNMASKED,
    "provenance": Matter.PROMISE,
    "quarantine": Matter.SEMANTICS,
    "references": Matter.CONVENTION,
    "restatements": Matter.SEMANTICS,
    "retention": Matter.PROTECTION,
    "rules": Matter.SEMANTICS,
    "samples": Matter.SEMANTICS,
    "schema": Matter.PROMISE,
    "semantics": Matter.SEMANTICS,
    "service_level_floors": Matter.SERVICE_LEVEL_FLOOR,
    "texts": Matter.CONVENTION,
    "times": Matter.CONVENTION,
    "totals": Matter.SEMANTICS,
    "values": Matter.CONVENTION,
    "volume": Matter.SEMANTICS,
    "waivers": Matter.PROMISE,
}


def power_over(policy: Policy) -> Power | None:
    """Who may waive `policy`; None if nobody may, or nobody decided."""
    matter = MATTERS.get(policy.family)
    return None if matter is None else POWERS.get(matter)
