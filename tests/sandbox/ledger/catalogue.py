"""Who books and what is sold: companies, their taxes, products and what these cost.

Belongs here: master data that does not depend on an order. Does not: orders (bookings.py), SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

OPENED = date(2026, 9, 1)
FIRST_COSTS = date(2026, 1, 1)


@dataclass(frozen=True)
class Company:
    company_id: str
    name: str
    currency: str
    time_zone: str
    country: str


BERLIN = Company("aurora-de", "Aurora GmbH", "EUR", "Europe/Berlin", "DE")
NEW_YORK = Company("aurora-us", "Aurora Inc.", "USD", "America/New_York", "US")
TOKYO = Company("aurora-jp", "Aurora KK", "JPY", "Asia/Tokyo", "JP")
COMPANIES = (BERLIN, NEW_YORK, TOKYO)
# Britain is sold to from Germany: one company books in two currencies.
COMPANY_OF_CURRENCY = {"EUR": BERLIN, "GBP": BERLIN, "USD": NEW_YORK, "JPY": TOKYO}
TAX_PERCENT = {"EUR": 19, "GBP": 20, "USD": 8, "JPY": 10}
DECIMALS = {"EUR": 2, "GBP": 2, "USD": 2, "JPY": 0}


@dataclass(frozen=True)
class Product:
    product_id: str
    name: str
    category: str
    list_price_cents: int
    first_cost_cents: int


PRODUCTS = (
    Product("P01", "Sticker set", "accessories", 600, 180),
    Product("P02", "Mug", "accessories", 1200, 510),
    Product("P03", "T-shirt", "clothing", 1900, 880),
    Product("P04", "Hoodie", "clothing", 3900, 2140),
    Product("P05", "Backpack", "bags", 5900, 3300),
    # Sold at a loss, so that a negative margin exists.
    Product("P06", "Clearance jacket", "clothing", 2900, 3150),
)


@dataclass(frozen=True)
class Cost:
    """What one piece costs from `valid_from` on, in EUR cents, as the ledger says it now."""

    product: Product
    valid_from: date
    unit_cost_cents: int
    modified_at: datetime


def costs(as_of: datetime) -> list[Cost]:
    """A price list a quarter. The T-shirt's is found wrong in the quarter's sixth week."""
    found = []
    quarter, number = FIRST_COSTS, 0
    while quarter <= as_of.date():
        recorded = _nine_o_clock(quarter - timedelta(days=10))
        corrected = _nine_o_clock(quarter + timedelta(days=39))
        for product in PRODUCTS:
            cents = product.first_cost_cents * (100 + 2 * number) // 100
            late = product.product_id == "P03" and corrected <= as_of
            found.append(
                Cost(
                    product=product,
                    valid_from=quarter,
                    unit_cost_cents=cents + 45 if late else cents,
                    modified_at=corrected if late else recorded,
                )
            )
        quarter, number = month_after(quarter, 3), number + 1
    return found


def month_after(day: date, months: int = 1) -> date:
    """The first day of the month `months` later."""
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def amount(minor_units: int, currency: str) -> Decimal:
    """Cents of EUR, whole yen of JPY."""
    return Decimal(minor_units).scaleb(-DECIMALS[currency])


def _nine_o_clock(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
