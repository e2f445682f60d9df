"""The euro's exchange rates, read from the sandbox's own file by code of its own.

Belongs here: one number a day. Does not: anything of finance's.
"""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

import requests

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.sandbox.process import RunningSandbox

LONGEST_CARRY_DAYS = 7
DECIMALS = Decimal(1).scaleb(-12)


@dataclass(frozen=True)
class Rates:
    """Euro per unit of a currency on a day: the last publication, carried over closed days."""

    published: Mapping[tuple[str, date], Decimal]

    @classmethod
    def of(cls, sandbox: RunningSandbox) -> Rates:
        answer = requests.get(f"{sandbox.http_url}/stats/eurofxref/eurofxref-hist.zip", timeout=60)
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            text = archive.read(archive.namelist()[0]).decode()
        published = {
            (currency, date.fromisoformat(row["Date"])): Decimal(units)
            for row in csv.DictReader(io.StringIO(text))
            for currency, units in row.items()
            if currency and currency != "Date" and units not in {None, "", "N/A"}
        }
        return cls(published)

    def euros(self, currency: str, day: date) -> Decimal:
        if currency == "EUR":
            return Decimal(1)
        for back in range(LONGEST_CARRY_DAYS + 1):
            units = self.published.get((currency, day - timedelta(days=back)))
            if units is not None:
                return (1 / units).quantize(DECIMALS, rounding=ROUND_HALF_UP)
        raise KeyError(f"no rate of {currency} for {day}")

    def converted(self, micros: int, currency: str, day: date) -> int:
        exact = Decimal(micros) * self.euros(currency, day)
        return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
