"""What a contract says, as frozen values that every other part of governance reads.

Belongs here: the vocabulary of a promise. Does not: reading or validating YAML (loading, profile),
whether a promise is strict enough (policies), whether it changed for the worse (breaking).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Personal = Literal["no", "hashed", "masked", "plain"]
# From the least to the most protected.
CLASSIFICATIONS = ("public", "internal", "confidential", "restricted")

# Every number says what its sum over rows means. What was deduplicated (reach, users) has no sum:
# it is published as an object that also holds the grain at which it is true, so that no tool adds
# it up by itself. A table that shows the same things parted in several ways (by device, again by
# country) has a key column of the name BREAKDOWN: a sum over two of its values counts twice.
BREAKDOWN = "breakdown"
ADDITIVE = {
    "over_all_rows": "its sum over any rows is a true figure",
    "over_one_breakdown": "its sum is a true figure over rows of one breakdown, never over several",
    "ratio": "to be computed again from sums",
    "attribute": "describes its row, like a rate or a window",
    "never": "deduplicated at the grain of its row",
}

# Years and months have no length of their own, and `m` alone has meant minutes and months.
_DURATION = re.compile(
    r"P(?=.)(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)


def duration_of(text: str) -> timedelta:
    """The length of an ISO-8601 duration in weeks, days, hours, minutes and seconds ("P1DT9H").

    Raises:
        ValueError: something else, years and months included: their length depends on a date.
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(
            f"{text!r} is no ISO-8601 duration in weeks, days, hours, minutes and seconds; "
            "write for example PT9H or P400D"
        )
    return timedelta(**{unit: int(count or 0) for unit, count in found.groupdict().items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevel:
    """One promise about service: `value` as written, `target` the share of days it is kept on.

    latency, freshness, frequency, retention and erasure are ISO-8601 durations; completeness and
    availability are shares; endOfSupport is a day.
    """

    name: str
    value: str
    element: str | None
    target: float | None
    description: str

    @property
    def duration(self) -> timedelta:
        """Raises ValueError where the level is no duration."""
        return duration_of(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What the contract asks of the policy with the code `policy`, beyond the mesh's floor."""

    policy: str
    column: str | None
    parameters: Mapping[str, Any]
    dimension: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Who may read the port: `role` is a domain's name, a role of the company's, or `everyone`.

    `clearance` is the highest classification whose values it sees.
    """

    role: str
    access: str
    clearance: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """Where a consumer asks and is told."""

    channel: str
    url: str | None
    tool: str | None
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`data_type` is the type in the warehouse, `key_position` 1-based or None.

    `additive` says what a sum over rows means (ADDITIVE), None for what is no number. `minimum`
    and `maximum` are included; None is no bound. `allowed` empty means any value. `currency_from`
    is the column that holds the currency of this one's money, `time_zone_from` the column that
    holds the time zone of this one's day or hour, or `reporting`, or `UTC`. `defined_by` is the
    metric that a dictionary of definitions explains, or the column with the id of its definition.
    `free_text` is what people typed; `personal` says whether it is about a person, and what was
    done about that.
    """

    name: str
    data_type: str
    logical_type: str
    required: bool
    key_position: int | None
    unit: str
    classification: str
    description: str
    additive: str | None
    minimum: float | str | None
    maximum: float | str | None
    pattern: str | None
    allowed: tuple[str, ...]
    personal: Personal
    free_text: bool
    currency_from: str | None
    time_zone_from: str | None
    defined_by: str | None = None

    @property
    def is_summed(self) -> bool:
        """Whether sums over rows, or over those of one breakdown, are true figures."""
        return self.additive in {"over_all_rows", "over_one_breakdown"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What a product promises. `upstream` are other domains' products, `domain/name@major`.

    `text` is the contract as parsed, `digest` identifies it. `most_quarantined` is the share of
    rows that may be set aside with their reason instead of blocking the whole; 0 is none.
    """

    domain: str
    product: str
    version: str
    status: str
    team: str
    support: tuple[Support, ...]
    grain: str
    purpose: str
    usage: str
    limitations: str
    upstream: tuple[str, ...]
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    roles: tuple[Role, ...]
    service_levels: Mapping[str, ServiceLevel]
    end_of_support: date | None
    most_quarantined: float
    digest: str
    text: Mapping[str, Any]

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that identify a row, in order."""
        keyed = [column for column in self.columns if column.key_position is not None]
        return tuple(column.name for column in sorted(keyed, key=_position))

    @property
    def major_version(self) -> int:
        return int(self.version.split(".", maxsplit=1)[0])

    @property
    def port(self) -> str:
        """`domain/name`, as the product store and consumers call it."""
        return f"{self.domain}/{self.product}"

    @property
    def versioned_port(self) -> str:
        """`domain/name@major`, as consumers name it in `upstream`."""
        return f"{self.port}@{self.major_version}"

    def column(self, name: str) -> Column | None:
        return next((one for one in self.columns if one.name == name), None)


def _position(column: Column) -> int:
    return column.key_position or 0
