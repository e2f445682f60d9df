"""What was looked at, what was found and what to do about it.

Belongs here: the values, and how people and programs read them. Does not: looking.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

STATE_WIDTH = 9


class State(StrEnum):
    """`WARN` lets the daily run go on with less than it could; `PROBLEM` does not."""

    OK = "OK"
    WARN = "WARN"
    PROBLEM = "PROBLEM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One thing that was looked at.

    `where` is a source or a part of the installation, `what` an account or whatever else of it.
    Whatever is not OK has a cure. Neither holds a secret.
    """

    state: State
    where: str
    what: str
    found: str
    cure: str = ""

    def __post_init__(self) -> None:
        if (self.state is State.OK) == bool(self.cure):
            raise ValueError(f"{self.where}, {self.what}: what is not OK has a cure, nothing else.")


def ok(where: str, what: str, found: str) -> Diagnosis:
    return Diagnosis(state=State.OK, where=where, what=what, found=found)


def warn(where: str, what: str, found: str, *, cure: str) -> Diagnosis:
    return Diagnosis(state=State.WARN, where=where, what=what, found=found, cure=cure)


def problem(where: str, what: str, found: str, *, cure: str) -> Diagnosis:
    return Diagnosis(state=State.PROBLEM, where=where, what=what, found=found, cure=cure)


def is_well(found: Iterable[Diagnosis]) -> bool:
    return all(one.state is not State.PROBLEM for one in found)


def as_lines(found: Sequence[Diagnosis]) -> Iterator[str]:
    """A table; below each line that is not OK its cure, and at the end the counts."""
    where = max((len(one.where) for one in found), default=0) + 2
    what = max((len(one.what) for one in found), default=0) + 2
    for one in found:
        yield f"{one.state:{STATE_WIDTH}}{one.where:{where}}{one.what:{what}}{_line(one.found)}"
        if one.cure:
            yield f"{'':{STATE_WIDTH + where + what}}-> {_line(one.cure)}"
    counted = Counter(one.state for one in found)
    yield ", ".join(f"{counted[state]} {state}" for state in State)


def as_fields(found: Sequence[Diagnosis]) -> dict[str, Any]:
    return {"well": is_well(found), "found": [asdict(one) for one in found]}


def _line(text: str) -> str:
    """An outside system's own words may hold line breaks and what a terminal obeys."""
    return "".join(one if one.isprintable() else " " for one in text)
