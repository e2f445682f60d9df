"""What the books say of an order over time: lines, correction, deletion, refunds.

Belongs here: an order's whole life in the ledger, known in advance. Does not: which part of it is
known at an instant (view.py), SQL.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.sandbox.ledger.catalogue import (
    COMPANY_OF_CURRENCY,
    DECIMALS,
    OPENED,
    PRODUCTS,
    TAX_PERCENT,
    Company,
    Product,
)
from tests.sandbox.world.delivery import EUR_WORTH
from tests.sandbox.world.orders import Order
from tests.sandbox.world.randomness import generator
from tests.sandbox.world.web import last_click

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    import numpy as np

    from tests.sandbox.world.hierarchy import AdAccount
    from tests.sandbox.world.orders import Touch
    from tests.sandbox.world.world import World

PHONE_ORDERS_A_DAY = 8
CURRENCIES = ("EUR", "USD", "JPY")


@dataclass(frozen=True)
class Line:
    """Amounts in the currency's minor unit."""

    line_no: int
    product: Product
    quantity: int
    net: int
    tax: int


@dataclass(frozen=True)
class Refund:
    """Money back for one line, perhaps with the goods; cancelled again now and then."""

    refund_id: str
    line: Line
    refunded_at: datetime
    returned_quantity: int
    net: int
    tax: int
    cancelled_at: datetime | None


@dataclass(frozen=True)
class Booking:
    """`lines` hold until `corrected_at`, `corrected` from then on."""

    order: Order
    company: Company
    currency: str
    click: Touch | None
    lines: tuple[Line, ...]
    corrected: tuple[Line, ...]
    corrected_at: datetime | None
    deleted_at: datetime | None
    refunds: tuple[Refund, ...]

    @property
    def order_date(self) -> date:
        return self.company_day(self.order.ordered_at)

    def lines_at(self, as_of: datetime) -> tuple[Line, ...]:
        if self.corrected_at is not None and self.corrected_at <= as_of:
            return self.corrected
        return self.lines

    def company_day(self, instant: datetime) -> date:
        return instant.astimezone(ZoneInfo(self.company.time_zone)).date()


def bookings(world: World, *, until: datetime) -> Iterator[Booking]:
    """Every purchase since the books were opened (on each company's own day) and until then."""
    for order, currency in _purchases(world, until):
        booking = _booking(world.seed, order, currency)
        if order.ordered_at <= until and booking.order_date >= OPENED:
            yield booking


def _purchases(world: World, until: datetime) -> Iterator[tuple[Order, str]]:
    accounts = {one.account_id: one for one in (*world.google_ads, *world.facebook_ads)}
    end = until.date() + timedelta(days=1)
    for order in world.orders(OPENED, end):
        if order.event == "purchase":
            yield order, accounts[order.touches[0].account_id].currency
    for offset in range((end - OPENED).days):
        yield from _phone_orders(world.seed, OPENED + timedelta(days=offset))


@lru_cache(maxsize=1_000)
def _phone_orders(seed: int, day: date) -> tuple[tuple[Order, str], ...]:
    """Nobody's ad and nobody's website."""
    draw = generator(seed, "phone orders", day)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    found = []
    for number in range(int(draw.poisson(PHONE_ORDERS_A_DAY))):
        at = midnight + timedelta(seconds=int(draw.integers(0, 86_400)))
        order = Order(
            order_id=f"phone-{day:%Y%m%d}-{number}",
            ordered_at=at,
            seen_at=at,
            event="purchase",
            value_cents=int(draw.lognormal(9.0, 0.5)),
            client_id=f"C{int(draw.integers(1, 4000)):05d}",
            consent=False,
            repeat_of=None,
            touches=(),
        )
        found.append((order, CURRENCIES[int(draw.integers(0, len(CURRENCIES)))]))
    return tuple(found)


@lru_cache(maxsize=200_000)
def _booking(seed: int, order: Order, currency: str) -> Booking:
    company = COMPANY_OF_CURRENCY[currency]
    draw = generator(seed, "booking", order.order_id)
    lines = _lines(draw, order, currency)
    luck = draw.random(2)
    days = draw.uniform(1.0, 20.0, size=2)
    corrected_at = order.ordered_at + timedelta(days=days[0]) if luck[0] < 0.03 else None
    deleted_at = order.ordered_at + timedelta(days=days[1] / 2) if luck[1] < 0.02 else None
    # A goodwill discount of a tenth on the last line.
    last = lines[-1]
    cheaper = replace(last, net=last.net - last.net // 10, tax=last.tax - last.tax // 10)
    return Booking(
        order=order,
        company=company,
        currency=currency,
        click=last_click(order),
        lines=lines,
        corrected=(*lines[:-1], cheaper),
        corrected_at=corrected_at,
        deleted_at=deleted_at,
        refunds=() if deleted_at else _refunds(draw, order, lines),
    )


def _lines(draw: np.random.Generator, order: Order, currency: str) -> tuple[Line, ...]:
    """What the customer paid, over one to three lines; tax is inside."""
    paid = round(order.value_cents * EUR_WORTH[currency] / 10 ** (2 - DECIMALS[currency]))
    count = min(int(draw.integers(1, 4)), max(1, paid))
    shares = draw.dirichlet([3.0] * count)
    grosses = [int(paid * share) for share in shares[:-1]]
    grosses.append(paid - sum(grosses))
    lines = []
    for number, gross in enumerate(grosses, start=1):
        cents = gross / EUR_WORTH[currency] * 10 ** (2 - DECIMALS[currency])
        within = [one for one in PRODUCTS if one.list_price_cents <= cents] or PRODUCTS[:1]
        product = within[int(draw.integers(0, len(within)))]
        net = round(gross * 100 / (100 + TAX_PERCENT[currency]))
        quantity = max(1, int(cents / product.list_price_cents))
        lines.append(Line(number, product, quantity, net, gross - net))
    return tuple(lines)


def _refunds(
    draw: np.random.Generator, order: Order, lines: tuple[Line, ...]
) -> tuple[Refund, ...]:
    """Of a line as it may stand after a correction, so never more than was paid."""
    luck, kind, change, days, later = draw.random(5)
    if luck > 0.08:
        return ()
    line = lines[0]
    whole = kind < 0.6 and len(lines) > 1
    refunded_at = order.ordered_at + timedelta(days=2 + 25 * days)
    return (
        Refund(
            refund_id=f"R-{order.order_id}",
            line=line,
            refunded_at=refunded_at,
            returned_quantity=line.quantity if whole else 0,
            net=line.net if whole else line.net // 2,
            tax=line.tax if whole else line.tax // 2,
            cancelled_at=refunded_at + timedelta(days=1 + 8 * later) if change < 0.1 else None,
        ),
    )


def account_of(world: World, touch: Touch) -> AdAccount:
    """Raises LookupError for a touch of another world."""
    accounts = (*world.google_ads, *world.facebook_ads)
    return next(one for one in accounts if one.account_id == touch.account_id)
