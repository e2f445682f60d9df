"""Connector to the company's ledger: any SQL database that SQLAlchemy reaches.

Belongs here: reading rows and totals in one transaction, and the state of every day. Does not:
SQL (ledger_queries), which columns (ledger_streams), accounting (dbt).

An account is a company, a slice one company's booking day. A correction, however late, changes
the day's `modified_until` and a deletion its count; landing keeps both with the pull, so what
must be read again is found by comparing the two. There is no watermark that could lose a row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import SecretStr

from finance_domain.connectors.ledger_answers import as_table, as_totals, instant
from finance_domain.connectors.ledger_errors import classify, no_companies, no_such_file, undated
from finance_domain.connectors.ledger_queries import Question, companies, question
from finance_domain.connectors.ledger_streams import DATED, SOURCE, STREAMS
from finance_domain.settings import LedgerSettings, ledger_settings
from shared_policies.platform.clock import refuse_skew, skew_beside
from shared_policies.platform.days import local_day, now
from shared_policies.platform.requests import RequestPolicy
from shared_policies.platform.streams import Account, AccountListing, Interface, Pull, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime, timedelta

    from sqlalchemy import URL, Connection, Engine

    from shared_policies.platform.days import DayRange

Answer = TypeVar("Answer")
MODIFIED_UNTIL = "modified_until"
ROWS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class DayState:
    """Rows that stand on a day, and the newest change among all (ISO 8601), deleted ones too."""

    row_count: int
    modified_until: str


def connect() -> LedgerConnector:
    """The connector for LEDGER_URL, or for the sandbox's ledger."""
    settings = ledger_settings()
    return LedgerConnector(
        settings=settings,
        policy=RequestPolicy.of_source(
            SOURCE,
            timeout_seconds=settings.request_timeout_seconds,
            longest_wait_seconds=60.0,
            requests_per_second=settings.requests_per_second,
            secrets=_secrets(settings),
            sandbox=settings.sandbox,
        ),
    )


@dataclass(kw_only=True)
class LedgerConnector:
    """`sandbox` says whether the sandbox's ledger is read."""

    settings: LedgerSettings
    policy: RequestPolicy
    now: Callable[[], datetime] = field(default=now)
    source: str = field(default=SOURCE, init=False)
    streams: Mapping[str, Stream] = field(default_factory=lambda: STREAMS, init=False)

    @property
    def sandbox(self) -> bool:
        return self.settings.sandbox

    @property
    def interface(self) -> Interface:
        return Interface(
            library="sqlalchemy",
            version=None,
            retires_on=None,
            clock_url=None,
        )

    def accounts(self) -> AccountListing:
        """The companies that the ledger keeps books for."""

        def ask(connection: Connection) -> list[Account]:
            asked = companies(connection, schema=self.settings.schema_name)
            return [
                Account(
                    source=SOURCE,
                    account_id=row["company_id"],
                    name=row["name"],
                    currency=row["currency"],
                    time_zone=row["time_zone"],
                )
                for row in connection.execute(asked).mappings()
            ]

        found = self._read(ask, account_id=None, days=None)
        if not found:
            raise no_companies()
        return AccountListing(readable=found, unreadable={})

    def pull(self, stream: Stream, account: Account, days: DayRange) -> Pull:
        """Rows that stand, the totals that the database itself adds up, and each day's state."""
        pulled_at = self.now()
        today = local_day(pulled_at, time_zone=account.time_zone)

        def ask(connection: Connection) -> Pull:
            asked = self._question(connection, stream.name, account, days)
            with connection.execute(asked.answer()) as answer:
                pieces = answer.partitions(ROWS_AT_ONCE)
                names = [str(name) for name in answer.keys()]  # noqa: SIM118  no dict, SQLAlchemy's
                rows = as_table(stream, account, names, pieces, today=today)
            totals, states = None, {}
            if not stream.snapshot:
                totals = as_totals(stream, connection.execute(asked.totals()).mappings().all())
                states = _states(connection, asked)
            return Pull(
                stream=stream,
                account=account,
                days=days,
                pulled_at=pulled_at,
                rows=rows,
                control_totals=totals,
                requests=2 if stream.snapshot else 4,
                sandbox=self.sandbox,
                quality={
                    day: {MODIFIED_UNTIL: state.modified_until} for day, state in states.items()
                },
            )

        return self._read(ask, account_id=account.account_id, days=days)

    def states(self, account: Account) -> Mapping[str, Mapping[date, DayState]]:
        """By stream, every booking day of which the ledger has rows."""

        def ask(connection: Connection) -> dict[str, Mapping[date, DayState]]:
            return {
                name: _states(connection, self._question(connection, name, account, None))
                for name in DATED
            }

        return self._read(ask, account_id=account.account_id, days=None)

    def _question(
        self, connection: Connection, name: str, account: Account, days: DayRange | None
    ) -> Question:
        return question(
            connection,
            name,
            company_id=account.account_id,
            days=days,
            schema=self.settings.schema_name,
        )

    def _read(
        self,
        ask: Callable[[Connection], Answer],
        *,
        account_id: str | None,
        days: DayRange | None,
    ) -> Answer:
        """`ask` in one transaction that cannot write."""

        def send(timeout: float) -> Answer:
            with _engine(self.settings, timeout).connect() as connection:
                refuse_skew(_skew_from(connection), beside="the ledger's server", source=SOURCE)
                return ask(connection)

        return self.policy.call(send, account_id=account_id, days=days, classify=classify)


def _states(connection: Connection, asked: Question) -> dict[date, DayState]:
    """Raises AnswerBroken: rows that could never be found by their day, or missed when changed."""
    found = {}
    for row in connection.execute(asked.states()).mappings().all():
        day, until = row["account_day"], row[MODIFIED_UNTIL]
        if day is None or until is None:
            raise undated(asked.name, day)
        found[day] = DayState(int(row["row_count"]), instant(until).isoformat())
    return found


def _skew_from(connection: Connection) -> timedelta | None:
    """Beside the database's clock; None for one that tells no time zone with it, or is our own."""
    import sqlalchemy as sa  # noqa: PLC0415  0.3 s that a location's load need not pay

    found: datetime = connection.execute(sa.select(sa.func.current_timestamp())).scalar_one()
    return skew_beside(found) if found.tzinfo is not None else None


def _engine(settings: LedgerSettings, timeout: float) -> Engine:
    """One connection that ends with its use; a snapshot of the database, never written to.

    Raises:
        MisconfiguredSetting: an embedded file that is not there, which SQLite would create.
    """
    import sqlalchemy as sa  # noqa: PLC0415  0.3 s that a location's load need not pay

    url = sa.make_url(settings.url.get_secret_value() if settings.url else "")
    options: dict[str, Any] = {}
    arguments: dict[str, Any] = {}
    if url.get_backend_name() == "sqlite":
        _must_exist(url)
        arguments = {"timeout": timeout}
    elif url.get_backend_name() == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        arguments = {
            "connect_timeout": max(2, int(timeout)),
            "options": f"-c statement_timeout={int(timeout * 1000)}",
        }
    return sa.create_engine(
        url,
        poolclass=sa.NullPool,
        connect_args=arguments,
        hide_parameters=True,
        execution_options={"yield_per": ROWS_AT_ONCE, **options},
    )


def _must_exist(url: URL) -> None:
    if not url.database or not Path(url.database).is_file():
        raise no_such_file(url.database or "(in memory)")


def _secrets(settings: LedgerSettings) -> tuple[SecretStr, ...]:
    """The URL and the password in it: a driver's message may hold either."""
    import sqlalchemy as sa  # noqa: PLC0415  see above

    if settings.url is None:
        return ()
    try:
        password = sa.make_url(settings.url.get_secret_value()).password
    except sa.exc.ArgumentError:
        password = None
    return (settings.url, *([SecretStr(str(password))] if password else []))
