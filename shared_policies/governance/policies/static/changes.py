"""Whether consumers are told honestly, and early enough, of what changes for them.

Belongs here: versions and ends of contracts against what consumers read now. Does not: comparing
two contracts (contracts/breaking).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shared_policies.governance.contracts.breaking import Level, consumers
from shared_policies.governance.contracts.model import duration_of
from shared_policies.governance.contracts.refinement import LONGER
from shared_policies.governance.policies.policy import Parameter, policy
from shared_policies.governance.policies.static.location import Defect, judged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared_policies.governance.contracts.breaking import Comparison
    from shared_policies.governance.policies.static.location import Location
    from shared_policies.governance.policies.verdicts import Finding


@policy("BRK-01", family="changes", phase="static")
def versions_say_what_changed(location: Location) -> Finding:
    """BRK-01: a contract's version grows by at least what changed against the published one.

    Why: a consumer that accepts a minor version must not be broken by it.

    Remedy: Set the version that the defect names, or take the breaking part back.
    """
    return judged(
        _dishonest(location),
        expected="a major version for what breaks, a minor one for what is new",
    )


@policy(
    "BRK-02",
    family="changes",
    phase="static",
    parameters={
        "notice": Parameter(
            default="P90D", order=LONGER, description="From the announcement of an end to the end."
        )
    },
)
def an_end_is_announced_early(location: Location, *, notice: str) -> Finding:
    """BRK-02: a product that ends, ends no earlier than its consumers can move.

    Why: consumers plan their own work; a port that closes next week stops theirs.

    Remedy: Set endOfSupport at least the notice from today.
    """
    return judged(_hurried(location, duration_of(notice)), expected=f"at least {notice} of notice")


@policy("BRK-03", family="changes", phase="static")
def nobody_reads_what_has_ended(location: Location) -> Finding:
    """BRK-03: no product reads a port after its end of support, or one that is retired.

    Why: what has ended is no longer checked, and stays readable long enough to be trusted.

    Remedy: Read the port's next major version, or another product.
    """
    return judged(_outlived(location), expected="ports that are supported")


def _dishonest(location: Location) -> Iterator[Defect]:
    for comparison in location.comparisons:
        if not comparison.is_honest:
            yield Defect(
                where=comparison.new.port,
                what=_told(comparison, location),
                cure=f"Set version: {comparison.due_version}, or take the change back.",
            )


def _told(comparison: Comparison, location: Location) -> str:
    decisive = [one for one in comparison.changes if one.level is comparison.needed]
    readers = (
        ", ".join(one.port for one in consumers(comparison.old, location.mesh)) or "nobody yet"
    )
    needed = comparison.needed.name.lower()
    return (
        f"version {comparison.old.version} is published and this one is {comparison.new.version}, "
        f"but it needs a {needed} version: {'; '.join(map(str, decisive))}"
        + (f". It breaks {readers}" if comparison.needed is Level.MAJOR else "")
    )


def _hurried(location: Location, notice: timedelta) -> Iterator[Defect]:
    earliest = location.today + notice
    for comparison in location.comparisons:
        ends = comparison.new.end_of_support
        if comparison.old.end_of_support is None and ends is not None and ends < earliest:
            yield Defect(
                where=comparison.new.port,
                what=f"ends on {ends}, and nobody who reads the published version knows",
                cure=f"Set endOfSupport to {earliest} or later.",
            )


def _outlived(location: Location) -> Iterator[Defect]:
    for contract in location.contracts:
        for entry in contract.upstream:
            read = location.promised(entry.partition("@")[0])
            if read is None or read.versioned_port != entry:
                continue
            ends = read.end_of_support
            if read.status == "retired" or (ends is not None and ends < location.today):
                when = "is retired" if read.status == "retired" else f"ended on {ends}"
                yield Defect(
                    where=contract.port,
                    what=f"reads {entry}, which {when}",
                    cure=f"Ask team {read.team} what follows it, and change upstream.",
                )


POLICIES = (versions_say_what_changed, an_end_is_announced_early, nobody_reads_what_has_ended)
