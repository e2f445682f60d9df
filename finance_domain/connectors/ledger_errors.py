"""What a database's refusals mean, and how they are told.

Belongs here: SQLSTATE classes and drivers' words to our errors. Does not: retries (requests).
Source: PostgreSQL, Appendix A, error codes; they are the SQL standard's classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from finance_domain.connectors.ledger_streams import SOURCE
from shared_policies.platform.errors import (
    AnswerBroken,
    CredentialsRejected,
    MisconfiguredSetting,
    PermissionMissing,
    PipelineError,
    TransientFault,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

# While connecting, PostgreSQL's client library gives words and no SQLSTATE.
WRONG_LOGIN = ("password authentication failed", "no password supplied", "role ")
NO_SUCH_DATABASE = ("database ", "does not exist")
NOT_A_DATABASE = "file is not a database"
DAMAGED = "database disk image is malformed"
NAMES_SHOWN = 20


def classify(error: Exception) -> PipelineError | None:
    """Ours for SQLAlchemy's; None for what no database says."""
    from sqlalchemy import exc  # noqa: PLC0415  0.3 s that a location's load need not pay

    if isinstance(error, exc.ArgumentError | ModuleNotFoundError):
        return MisconfiguredSetting(
            f"LEDGER_URL cannot be used ({type(error).__name__}).",
            cure="Write it as postgresql+psycopg://user:password@host:5432/database, and install "
            "the driver that it names.",
            source=SOURCE,
        )
    if not isinstance(error, exc.DBAPIError):
        return None
    text = str(error.orig).strip().replace("\n", " ")
    code = str(getattr(error.orig, "sqlstate", None) or "")
    return _of_code(code, text) or _of_words(error, text)


def table_missing(name: str, found: Sequence[str]) -> MisconfiguredSetting:
    return MisconfiguredSetting(
        f"the ledger has no table or view {name}; it has {_some(found)}.",
        cure=f"Offer a view {name} with the columns that finance_domain/connectors/"
        "ledger_streams.py reads, or set LEDGER_SCHEMA_NAME to where it stands.",
        source=SOURCE,
    )


def columns_missing(
    name: str, missing: Sequence[str], found: Sequence[str]
) -> MisconfiguredSetting:
    return MisconfiguredSetting(
        f"the ledger's {name} has no {', '.join(missing)}; it has {_some(found)}.",
        cure=f"Add to the table, or to a view {name}, what is missing.",
        source=SOURCE,
    )


def no_companies() -> MisconfiguredSetting:
    return MisconfiguredSetting(
        "the ledger's table companies is empty, so there is nobody whose books could be read.",
        cure="Fill it with one row per company: company_id, name, currency, time_zone.",
        source=SOURCE,
    )


def no_such_file(path: str) -> MisconfiguredSetting:
    return MisconfiguredSetting(
        f"there is no ledger file {path}.",
        cure="Set LEDGER_URL to the ledger, or start the sandbox, which writes its own.",
        source=SOURCE,
    )


def undated(name: str, day: date | None) -> AnswerBroken:
    missing = "booking day" if day is None else f"modified_at on {day}"
    return AnswerBroken(
        f"rows of the ledger's {name} have no {missing}. Nothing was landed.",
        cure="Fill the column, or offer a view without these rows.",
        source=SOURCE,
    )


def _of_code(code: str, text: str) -> PipelineError | None:
    if code.startswith("28"):
        return _rejected(text)
    if code == "42501":
        return PermissionMissing(
            f"the ledger refuses to be read ({text}).",
            cure="Grant the user of LEDGER_URL select on it.",
            source=SOURCE,
        )
    if code == "57014":
        return MisconfiguredSetting(
            f"the ledger did not answer in time ({text}).",
            cure="Index the table by company_id and its day, or raise "
            "LEDGER_REQUEST_TIMEOUT_SECONDS.",
            source=SOURCE,
        )
    if code.startswith(("42", "3D", "3F")):
        return MisconfiguredSetting(
            f"the ledger is not as it is read ({text}).",
            cure="Compare its tables with finance_domain/connectors/ledger_streams.py.",
            source=SOURCE,
        )
    return None


def _of_words(error: Exception, text: str) -> PipelineError | None:
    from sqlalchemy import exc  # noqa: PLC0415  see above

    if any(words in text for words in WRONG_LOGIN):
        return _rejected(text)
    if all(words in text for words in NO_SUCH_DATABASE) or NOT_A_DATABASE in text:
        return MisconfiguredSetting(
            f"LEDGER_URL names what is no database ({text}).",
            cure="Correct the name of the database in LEDGER_URL.",
            source=SOURCE,
        )
    if DAMAGED in text:
        return AnswerBroken(
            f"the ledger's file is damaged ({text}). Nothing was landed.",
            cure="Restore it from its backup, then run again.",
            source=SOURCE,
        )
    if isinstance(error, exc.OperationalError | exc.InterfaceError):
        return TransientFault(
            f"the ledger's server cannot be reached or went away ({text}).",
            cure="Check that it runs and that LEDGER_URL names its host and port, then run again.",
            source=SOURCE,
        )
    return None


def _rejected(text: str) -> CredentialsRejected:
    return CredentialsRejected(
        f"the ledger does not accept the user or password ({text}).",
        cure="Correct LEDGER_URL.",
        source=SOURCE,
    )


def _some(names: Sequence[str]) -> str:
    return ", ".join(sorted(names)[:NAMES_SHOWN]) or "none"
