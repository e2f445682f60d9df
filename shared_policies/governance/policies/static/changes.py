"""Whether consumers are told honestly, and early enough, of what changes for them.

Belongs here: versions and ends of contracts against what consumers read now. Does not: comparing
two contracts (contracts/breaking).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.contracts.breaking import Level, consumers
from shared_policies.governance.contracts.model import duration_of
from shared_policies.governance.contracts.refinement import LONGER
from shared_policies.governance.policies.policy import Parameter, policy
from shared_policies.governance.policies.static.location import Defect, judged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, timedelta

    from shared_policies.governance.contracts.breaking import Comparison
    from shared_policies.governance.contracts.model import Contract
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
    """BRK-02: a major version ends, or is followed by the next, only after its notice.

    Why: consumers plan their own work; a port that closes or breaks next week stops theirs.

    Remedy: Publish what is new beside the old in a minor version with endOfSupport, at least the
    notice from today; take the old away in a major version after that day.
    """
    defects = [
        defect
        for comparison in location.comparisons
        for defect in _hurried(comparison, today=location.today, notice=duration_of(notice))
    ]
    return judged(defects, expected=f"at least {notice} of notice")


@policy("BRK-03", family="changes", phase="static")
def nobody_reads_what_has_ended(location: Location) -> Finding:
    """BRK-03: no product reads a port after its end of support, or one that is retired or replaced.

    Why: what has ended is no longer renewed, and stays readable long enough to be trusted.

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


def _hurried(comparison: Comparison, *, today: date, notice: timedelta) -> Iterator[Defect]:
    """An end that is near and new, and a next major version before the announced end is over."""
    old, new, earliest = comparison.old, comparison.new, today + notice
    announced, ends = old.end_of_support, new.end_of_support
    if ends is not None and ends < min(earliest, announced or earliest):
        yield Defect(
            where=new.port,
            what=f"ends on {ends}, and who reads the published version knows of "
            f"{announced or 'no end'}",
            cure=f"Set endOfSupport to {announced or earliest} or later.",
        )
    if new.major_version > old.major_version and (announced is None or today <= announced):
        until = "whose end was never announced" if announced is None else f"promised to {announced}"
        yield Defect(
            where=new.port,
            what=f"version {new.version} takes the place of {old.version}, {until}",
            cure=f"Publish {old.major_version}.x with endOfSupport {announced or earliest} and "
            "what is new beside the old; raise the major version after that day.",
        )


def _outlived(location: Location) -> Iterator[Defect]:
    for contract in location.contracts:
        for entry in contract.upstream:
            port, _, major = entry.partition("@")
            read = location.promised(port)
            if read is None:
                continue
            over = _over(read, int(major), location.today)
            if over is not None:
                yield Defect(
                    where=contract.port,
                    what=f"reads {entry}, which {over}",
                    cure=f"Ask team {read.team} what follows it, and change upstream.",
                )


def _over(read: Contract, major_version: int, today: date) -> str | None:
    """Why nothing comes any more of this major version of a port; None if something does."""
    if major_version < read.major_version:
        return f"was followed by version {read.version}"
    if major_version > read.major_version:
        return f"does not exist: its version is {read.version}"
    if read.status == "retired":
        return "is retired"
    if read.end_of_support is not None and read.end_of_support < today:
        return f"ended on {read.end_of_support}"
    return None


POLICIES = (versions_say_what_changed, an_end_is_announced_early, nobody_reads_what_has_ended)
