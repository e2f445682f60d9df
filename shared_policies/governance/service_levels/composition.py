"""Promises that cannot be kept because of what stands upstream.

Belongs here: comparing a contract's service levels with those it is built on. Does not: what a
contract must promise at least (static policies).
"""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING

from shared_policies.governance.service_levels.slo import exact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from shared_policies.governance.contracts.model import Contract, ServiceLevel

# From an upstream's publication to one's own: a tick of the automation, the models, the audit.
OWN_TIME = timedelta(minutes=10)
SHARES = ("completeness", "availability")


def impossible(contract: Contract, upstream_contracts: Iterable[Contract]) -> list[str]:
    """What `contract` promises and its upstream products do not allow; empty if nothing.

    `upstream_contracts` may hold others too: those that `contract.upstream` names are compared.
    Each sentence holds both values and how to mend it.
    """
    by_port = {one.versioned_port: one for one in upstream_contracts}
    unknown = [port for port in contract.upstream if port not in by_port]
    known = [by_port[port] for port in contract.upstream if port in by_port]
    return [
        *(
            f"{contract.port} is built on {port}, which no contract promises, so nothing can be "
            "promised on top of it. Correct upstream in its contract."
            for port in unknown
        ),
        *_latency(contract, known),
        *_freshness(contract, known),
        *(line for level in SHARES for line in _share(contract, known, level)),
        *(line for level in contract.service_levels for line in _target(contract, known, level)),
    ]


def _latency(contract: Contract, upstream: Sequence[Contract]) -> Iterator[str]:
    own = contract.service_levels.get("latency")
    for port, theirs in _each(upstream, "latency"):
        if own is None:
            continue
        if theirs is None:
            yield _unpromised(contract, own, port)
        elif theirs.duration + OWN_TIME > own.duration:
            yield (
                f"{contract.port} promises latency {own.value}, and {port} on which it is built "
                f"promises {theirs.value}; {_minutes(OWN_TIME)} for its own models and audit do "
                "not fit in between. Promise a later hour, or agree on an earlier one upstream."
            )


def _freshness(contract: Contract, upstream: Sequence[Contract]) -> Iterator[str]:
    own = contract.service_levels.get("freshness")
    for port, theirs in _each(upstream, "freshness"):
        if own is None:
            continue
        if theirs is None:
            yield _unpromised(contract, own, port)
        elif theirs.duration > own.duration:
            yield (
                f"{contract.port} promises freshness {own.value}, and {port} on which it is built "
                f"promises {theirs.value}: its version may be new and what is in it is not. "
                "Promise no more than the upstream does."
            )


def _share(contract: Contract, upstream: Sequence[Contract], level: str) -> Iterator[str]:
    """What every upstream misses is missing here: at best, the product of their shares is left."""
    own = contract.service_levels.get(level)
    if own is None or not upstream:
        return
    shares = []
    for port, theirs in _each(upstream, level):
        if theirs is None:
            yield _unpromised(contract, own, port)
        else:
            shares.append(exact(float(theirs.value)))
    if shares and exact(float(own.value)) > prod(shares):
        yield (
            f"{contract.port} promises {level} {own.value}, and together its upstream products "
            f"allow {float(prod(shares)):.4g} ({_listed(upstream, level)}). Promise at most that."
        )


def _target(contract: Contract, upstream: Sequence[Contract], level: str) -> Iterator[str]:
    """A day that any upstream misses is missed here, so the targets multiply as well."""
    own = contract.service_levels[level].target
    targets = [
        theirs.target
        for _, theirs in _each(upstream, level)
        if theirs is not None and theirs.target is not None
    ]
    left = prod(map(exact, targets), start=Fraction(1))
    if own is not None and targets and exact(own) > left:
        yield (
            f"{contract.port} promises to keep {level} on {own:g} of days, and together its "
            f"upstream products allow {float(left):.4g}. Set a target of at most that."
        )


def _each(upstream: Sequence[Contract], level: str) -> Iterator[tuple[str, ServiceLevel | None]]:
    for one in upstream:
        yield one.port, one.service_levels.get(level)


def _unpromised(contract: Contract, own: ServiceLevel, port: str) -> str:
    return (
        f"{contract.port} promises {own.name} {own.value}, and {port} on which it is built "
        f"promises no {own.name}. Agree on one with its owner, or promise none."
    )


def _listed(upstream: Sequence[Contract], level: str) -> str:
    return ", ".join(
        f"{one.port} {one.service_levels[level].value}"
        for one in upstream
        if level in one.service_levels
    )


def _minutes(time: timedelta) -> str:
    return f"{time // timedelta(minutes=1)} minutes"
