"""What the books should come to, for tests only.

Belongs here: each order with its touches, its place and its money, by code of its own. Does not:
the ledger's tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.sandbox.ledger.bookings import bookings
from tests.sandbox.ledger.catalogue import DECIMALS, costs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from tests.sandbox.ledger.bookings import Booking
    from tests.sandbox.world.world import World


def booked(world: World, start: date, end: date, as_of: datetime) -> Iterator[dict[str, Any]]:
    """Every order that stands at `as_of` with a booking day from `start` to before `end`.

    Amounts are in micros of the order's currency, costs in micros of EUR for one piece. `campaign`
    is whose click the address gave away, None where it could not.
    """
    prices = costs(as_of)
    for one in bookings(world, until=as_of):
        deleted = one.deleted_at is not None and one.deleted_at <= as_of
        if deleted or not start <= one.order_date < end:
            continue
        unit = 10 ** (6 - DECIMALS[one.currency])
        yield {
            "company_id": one.company.company_id,
            "order_id": one.order.order_id,
            "client_id": one.order.client_id,
            "order_date": one.order_date.isoformat(),
            "ordered_at": one.order.ordered_at.isoformat(),
            "currency": one.currency,
            "campaign": _campaign(one),
            "touches": [
                {
                    "platform": touch.platform,
                    "account_id": touch.account_id,
                    "campaign_id": touch.unit.campaign.campaign_id,
                    "kind": touch.kind,
                    "at": touch.at.isoformat(),
                }
                for touch in one.order.touches
            ],
            "lines": [
                {
                    "product_id": line.product.product_id,
                    "quantity": line.quantity,
                    "net_micros": line.net * unit,
                    "tax_micros": line.tax * unit,
                    "unit_cost_micros": 10_000
                    * max(
                        (price.valid_from, price.unit_cost_cents)
                        for price in prices
                        if price.product == line.product and price.valid_from <= one.order_date
                    )[1],
                }
                for line in one.lines_at(as_of)
            ],
            "refunds": [
                {
                    "product_id": refund.line.product.product_id,
                    "refund_date": one.company_day(refund.refunded_at).isoformat(),
                    "returned_quantity": refund.returned_quantity,
                    "net_micros": refund.net * unit,
                }
                for refund in one.refunds
                if refund.refunded_at <= as_of
                and not (refund.cancelled_at and refund.cancelled_at <= as_of)
            ],
        }


def _campaign(one: Booking) -> dict[str, str] | None:
    """The last click of a person who consented."""
    clicks = [
        touch
        for touch in one.order.touches
        if touch.kind == "click" and touch.at <= one.order.ordered_at
    ]
    if not clicks or not one.order.consent:
        return None
    last = max(clicks, key=lambda touch: touch.at)
    return {
        "platform": last.platform,
        "account_id": last.account_id,
        "campaign_id": last.unit.campaign.campaign_id,
        "tag": last.unit.ad.utm_campaign if last.unit.ad else "",
        "utm_id": last.unit.ad.utm_id if last.unit.ad else "",
    }
