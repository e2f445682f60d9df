"""What a connector offers and yields: accounts, streams and pulls, as plain values.

Belongs here: the words that connectors, landing and orchestration share. Does not: how a pull is
made (a domain's connectors/) or kept (landing_store).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    import pyarrow as pa

    from shared_policies.platform.days import DayRange
    from shared_policies.platform.errors import PipelineError
    from shared_policies.platform.privacy import Treatment


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of a source. `currency` is ISO 4217, `time_zone` an IANA name."""

    source: str
    account_id: str
    name: str
    currency: str
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One report or table of a source, with a fixed grain.

    `schema` holds every landed column but `pulled_at`; it starts with `account_id` (string) and
    `account_day` (date32). `grain` are the columns, beside those two, that identify a row.
    `must_close` are the measures whose sum over an account-day equals the account's control
    totals, `residual` those whose difference is recorded. A `snapshot` has no past at the
    platform: whatever days are asked for, the state of the moment is the answer, on the
    account-local day of the pull. An `optional` stream may be left out by who runs the mesh:
    what reads it says what is then not known. `personal` says what becomes of columns about a
    person before anything is written: hashed (joins survive), masked, or dropped (the column
    stays, empty).
    """

    source: str
    name: str
    description: str
    schema: pa.Schema
    grain: tuple[str, ...]
    must_close: tuple[str, ...] = ()
    residual: tuple[str, ...] = ()
    snapshot: bool = False
    optional: bool = False
    personal: Mapping[str, Treatment] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """The complete answer for one stream, one account and `days`.

    `rows` has the stream's schema in any order; a day without rows was empty at the platform.
    `control_totals` (if the stream has measures to close) has `account_day` and those measures,
    one row per day with activity. `pulled_at` is the instant (UTC) before the first request.
    `quality` is what the platform says of its own answer for a day: sampled, thresholded and the
    like; a platform that says nothing has no entry.
    """

    stream: Stream
    account: Account
    days: DayRange
    pulled_at: datetime
    rows: pa.Table
    control_totals: pa.Table | None
    requests: int
    sandbox: bool
    quality: Mapping[date, Mapping[str, object]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountListing:
    """The accounts that can be pulled, and for each of the others the reason why not."""

    readable: Sequence[Account]
    unreadable: Mapping[str, PipelineError]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """What a connector speaks with, and where its other side tells the time.

    `library` is the distribution that does the talking. `version` is the outside system's own, and
    `retires_on` the first day on which it may no longer be answered; None where the platform
    publishes none. `clock_url` is asked for nothing but its header `Date`; None where there is no
    HTTP to ask.
    """

    library: str
    version: str | None
    retires_on: date | None
    clock_url: str | None


class Connector(Protocol):
    """One outside system. Imports its client library only inside the methods."""

    @property
    def source(self) -> str: ...

    @property
    def streams(self) -> Mapping[str, Stream]: ...

    @property
    def sandbox(self) -> bool:
        """Whether the sandbox stands in for the real system."""
        ...

    @property
    def interface(self) -> Interface: ...

    def accounts(self) -> AccountListing:
        """Every account that the credentials reach.

        Raises:
            CredentialsRejected: no account can be listed.
        """
        ...

    def pull(self, stream: Stream, account: Account, days: DayRange) -> Pull:
        """Ask until the answer is complete.

        Raises:
            PipelineError: after the retries that its class allows; nothing is half returned.
        """
        ...
