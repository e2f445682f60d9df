"""Whether service levels are as strict as the mesh asks, and can be kept at all.

Belongs here: floors and limits of promises. Does not: whether a promise was kept (service_levels).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shared_policies.governance.contracts.model import duration_of
from shared_policies.governance.contracts.refinement import AT_LEAST, LONGER, SHORTER, loosened
from shared_policies.governance.policies.policy import Parameter, policy
from shared_policies.governance.policies.static.location import Defect, judged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared_policies.governance.contracts.model import Contract
    from shared_policies.governance.policies.static.location import Location
    from shared_policies.governance.policies.verdicts import Finding

ORDERS = {
    "latency": SHORTER,
    "freshness": SHORTER,
    "completeness": AT_LEAST,
    "availability": AT_LEAST,
    "retention": LONGER,
    "target": AT_LEAST,
}
DURATIONS = {"latency", "freshness", "retention"}
MEASURED = ("latency", "freshness", "completeness", "availability")


@policy(
    "SLO-01",
    family="service_level_floors",
    phase="static",
    parameters={
        "latency": Parameter(
            default="PT24H", order=SHORTER, description="A day is published a day later at most."
        ),
        "freshness": Parameter(
            default="P2D", order=SHORTER, description="How old a published version may become."
        ),
        "completeness": Parameter(
            default=0.95, order=AT_LEAST, description="Least share of due rows wholly known."
        ),
        "availability": Parameter(
            default=0.95, order=AT_LEAST, description="Least share of a day that it can be read."
        ),
        "retention": Parameter(
            default="P60D", order=LONGER, description="How long days are kept at least."
        ),
        "target": Parameter(
            default=0.9, order=AT_LEAST, description="Least share of days a promise is kept on."
        ),
    },
)
def promises_reach_the_floor(location: Location, **floor: Any) -> Finding:  # noqa: ANN401  durations and shares
    """SLO-01: every product promises at least the mesh's floor of every service level.

    Why: a consumer plans with the floor before reading a contract.

    Remedy: Promise at least the floor, or ask the governance group for a waiver.
    """
    defects = (
        Defect(
            where=contract.port,
            what=f"promises {name} {value}, looser than the floor {floor[name.split()[-1]]}",
            cure="Promise at least the floor in slaProperties.",
        )
        for contract in location.contracts
        for name, value in _below(contract, floor)
    )
    return judged(defects, expected=", ".join(f"{name} {value}" for name, value in floor.items()))


@policy("SLO-02", family="service_level_floors", phase="static")
def promises_can_be_kept(location: Location) -> Finding:
    """SLO-02: no product promises more than its upstream products allow.

    Why: what arrives at nine cannot be published at eight, on any day.

    Remedy: Promise less, or agree with the upstream's owner on more.
    """
    defects = (
        Defect(where=port, what=sentence, cure="Mend slaProperties as the sentence says.")
        for port, sentences in location.impossible.items()
        for sentence in sentences
    )
    return judged(defects, expected="promises within those of the upstream products")


@policy(
    "RET-01",
    family="retention",
    phase="static",
    parameters={
        "longest": Parameter(
            default="P3660D", order=SHORTER, description="Ten years: how long books are kept."
        ),
        "longest_personal": Parameter(
            default="P1130D",
            order=SHORTER,
            description="37 months, for products with a column about a person, hashed or not.",
        ),
    },
)
def nothing_is_kept_too_long(location: Location, *, longest: str, longest_personal: str) -> Finding:
    """RET-01: retention and erasure stay below the legal maximum.

    Why: data that the law wants gone is a fine waiting to be found.

    Remedy: Promise a shorter retention; data on people is kept for 37 months at most.
    """
    return judged(
        _kept_too_long(location, duration_of(longest), duration_of(longest_personal)),
        expected=f"at most {longest}, with personal data at most {longest_personal}",
    )


def _below(contract: Contract, floor: dict[str, Any]) -> Iterator[tuple[str, object]]:
    levels = contract.service_levels
    for name, least in floor.items():
        if name == "target":
            for level in MEASURED:
                target = levels[level].target if level in levels else None
                if loosened({name: target}, {name: least}, ORDERS):
                    yield f"{level} target", target
        elif name not in levels:
            yield name, "nothing"
        else:
            value = levels[name].value if name in DURATIONS else float(levels[name].value)
            if loosened({name: value}, {name: least}, ORDERS):
                yield name, value


def _kept_too_long(
    location: Location, longest: timedelta, longest_personal: timedelta
) -> Iterator[Defect]:
    for contract in location.contracts:
        is_personal = any(column.personal != "no" for column in contract.columns)
        limit = min(longest, longest_personal) if is_personal else longest
        for name in ("retention", "erasure"):
            level = contract.service_levels.get(name)
            if level is not None and level.duration > limit:
                yield Defect(
                    where=contract.port,
                    what=f"promises {name} {level.value}, legal are at most {limit.days} days",
                    cure=f"Set {name} to at most P{limit.days}D.",
                )


POLICIES = (promises_reach_the_floor, promises_can_be_kept, nothing_is_kept_too_long)
