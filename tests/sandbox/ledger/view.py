"""The ledger's rows as they stand at an instant.

Belongs here: what is known by then, when each row was last modified, tombstones and their purge.
Does not: SQL (tables.py), what will still happen (bookings.py, spending.py).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from tests.sandbox.ledger.bookings import Booking, account_of, bookings
from tests.sandbox.ledger.catalogue import COMPANIES, OPENED, amount, costs
from tests.sandbox.ledger.spending import ad_invoices, budgets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.sandbox.ledger.catalogue import Company, Cost
    from tests.sandbox.world.world import World

Row = dict[str, Any]
PURGED_AFTER = timedelta(days=30)
ERASED_AFTER = timedelta(days=20)
NO_KEY = dict.fromkeys(
    ("utm_source", "utm_medium", "utm_campaign", "utm_id", "gclid", "gad_campaign_id", "fbclid")
)


def tables(world: World, as_of: datetime) -> Mapping[str, list[Row]]:
    """Every table's rows at `as_of`, deleted ones as tombstones until they are purged."""
    known = list(bookings(world, until=as_of))
    kept = [one for one in known if one.deleted_at is None or one.deleted_at + PURGED_AFTER > as_of]
    return {
        "companies": [_company(one) for one in COMPANIES],
        "clients": list(_clients(known, as_of)),
        "products": [_product(one, cost) for one in COMPANIES for cost in costs(as_of)],
        "orders": [_order(world, one, as_of) for one in kept],
        "order_lines": [row for one in kept for row in _lines(one, as_of)],
        "refunds": [row for one in kept for row in _refunds(one, as_of)],
        "budgets": [
            {
                "company_id": one.company.company_id,
                "month": one.month,
                "channel": one.channel,
                "amount": amount(one.amount, one.company.currency),
                "currency": one.company.currency,
                "modified_at": one.modified_at,
                "deleted_at": None,
            }
            for one in budgets(world, as_of)
        ],
        "ad_invoices": [
            {
                "company_id": one.company.company_id,
                "invoice_id": one.invoice_id,
                "supplier": one.account.platform,
                "ad_account_id": one.account.account_id,
                "billing_month": one.billing_month,
                "kind": one.kind,
                "issued_on": one.issued_on,
                "net_amount": amount(one.amount, one.account.currency),
                "currency": one.account.currency,
                "modified_at": one.modified_at,
                "deleted_at": None,
            }
            for one in ad_invoices(world, as_of)
        ],
    }


def _company(one: Company) -> Row:
    return {
        "company_id": one.company_id,
        "name": one.name,
        "currency": one.currency,
        "time_zone": one.time_zone,
        "opened_on": OPENED,
    }


def _product(company: Company, cost: Cost) -> Row:
    """All companies buy the same at the same price, in euros."""
    return {
        "company_id": company.company_id,
        "product_id": cost.product.product_id,
        "valid_from": cost.valid_from,
        "name": cost.product.name,
        "category": cost.product.category,
        "unit_cost": amount(cost.unit_cost_cents, "EUR"),
        "currency": "EUR",
        "modified_at": cost.modified_at,
        "deleted_at": None,
    }


def _clients(known: list[Booking], as_of: datetime) -> Iterator[Row]:
    """Consumers are a number, businesses a name. Some consumers ask to be forgotten."""
    first: dict[tuple[str, str], Booking] = {}
    for one in known:
        key = (one.company.company_id, one.order.client_id)
        if key not in first or one.order.ordered_at < first[key].order.ordered_at:
            first[key] = one
    for (company_id, client_id), one in first.items():
        luck = blake2b(f"{company_id}/{client_id}".encode(), digest_size=1).digest()[0]
        business = luck < 50
        erased_at = one.order.ordered_at + ERASED_AFTER if luck > 250 else None
        if erased_at is not None and erased_at <= as_of:
            continue
        yield {
            "company_id": company_id,
            "client_id": client_id,
            "kind": "business" if business else "consumer",
            "business_name": f"Business {client_id[1:]} Ltd" if business else None,
            "country": one.company.country,
            "created_at": one.order.ordered_at,
            "modified_at": one.order.ordered_at,
            "deleted_at": None,
        }


def _order(world: World, one: Booking, as_of: datetime) -> Row:
    lines = one.lines_at(as_of)
    net, tax = sum(line.net for line in lines), sum(line.tax for line in lines)
    happened = [one.order.ordered_at, one.corrected_at, one.deleted_at]
    return {
        "company_id": one.company.company_id,
        "order_id": one.order.order_id,
        "client_id": one.order.client_id,
        "order_date": one.order_date,
        "ordered_at": one.order.ordered_at,
        "sales_channel": "web" if one.order.touches else "phone",
        "currency": one.currency,
        "net_amount": amount(net, one.currency),
        "tax_amount": amount(tax, one.currency),
        "gross_amount": amount(net + tax, one.currency),
        "has_consent": one.order.consent,
        **_observed_key(world, one),
        "modified_at": max(at for at in happened if at is not None and at <= as_of),
        "deleted_at": one.deleted_at if one.deleted_at and one.deleted_at <= as_of else None,
    }


def _observed_key(world: World, one: Booking) -> Row:
    """What the landing page's address told, where it may be kept.

    Google appends gclid and gad_campaignid to its own, Meta fbclid; tags are the advertiser's.
    """
    click = one.click
    if not one.order.consent or click is None:
        return dict(NO_KEY)
    ad, account = click.unit.ad, account_of(world, click)
    click_id = blake2b(one.order.order_id.encode(), digest_size=12).hexdigest()
    google = account.platform == "google_ads"
    tagged = ad is not None and bool(ad.utm_campaign)
    return {
        "utm_source": ("google" if google else "facebook") if tagged else None,
        "utm_medium": ("cpc" if google else "paid_social") if tagged else None,
        "utm_campaign": ad.utm_campaign if ad is not None and tagged else None,
        "utm_id": ad.utm_id or None if ad is not None else None,
        "gclid": f"Cj0{click_id}" if google else None,
        "gad_campaign_id": click.unit.campaign.campaign_id if google else None,
        "fbclid": None if google else f"IwAR{click_id}",
    }


def _lines(one: Booking, as_of: datetime) -> Iterator[Row]:
    corrected = one.corrected_at is not None and one.corrected_at <= as_of
    lines = one.lines_at(as_of)
    for line in lines:
        last = line.line_no == lines[-1].line_no
        yield {
            "company_id": one.company.company_id,
            "order_id": one.order.order_id,
            "line_no": line.line_no,
            "product_id": line.product.product_id,
            "quantity": line.quantity,
            "net_amount": amount(line.net, one.currency),
            "tax_amount": amount(line.tax, one.currency),
            "currency": one.currency,
            "modified_at": one.corrected_at if corrected and last else one.order.ordered_at,
            "deleted_at": None,
        }


def _refunds(one: Booking, as_of: datetime) -> Iterator[Row]:
    for refund in one.refunds:
        cancelled = refund.cancelled_at is not None and refund.cancelled_at <= as_of
        if refund.refunded_at > as_of:
            continue
        yield {
            "company_id": one.company.company_id,
            "refund_id": refund.refund_id,
            "order_id": one.order.order_id,
            "line_no": refund.line.line_no,
            "product_id": refund.line.product.product_id,
            "refund_date": one.company_day(refund.refunded_at),
            "returned_quantity": refund.returned_quantity,
            "net_amount": amount(refund.net, one.currency),
            "tax_amount": amount(refund.tax, one.currency),
            "currency": one.currency,
            "modified_at": refund.cancelled_at if cancelled else refund.refunded_at,
            "deleted_at": refund.cancelled_at if cancelled else None,
        }
