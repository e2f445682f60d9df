"""The ledger's tables as streams: which columns are read, and which day a row belongs to.

Belongs here: what the ledger must offer, as data. Does not: connections, SQL (ledger.py).

A company whose ledger has other names offers views of these. Money is NUMERIC in the currency
beside it, read exactly. Instants carry a time zone or are UTC. `modified_at` moves with every
change of a row; `deleted_at` is set when a row is deleted, and the row may vanish later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from shared_policies.platform.streams import Stream

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE = "ledger"
AMOUNT = pa.decimal128(18, 4)
INSTANT = pa.timestamp("us", tz="UTC")
TEXT = pa.string()
KEPT = {"modified_at": INSTANT}
COMPANIES: Mapping[str, pa.DataType] = {
    "company_id": TEXT,
    "name": TEXT,
    "currency": TEXT,
    "time_zone": TEXT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """How a stream's rows are found.

    `columns` are the table's own, beside `company_id` and `deleted_at`. `day` is the booking day
    in the company's calendar, and `of_orders` says that it stands on the row's order. Without
    `day` the table is small and read whole: a snapshot. `personal` is what identifies a consumer
    or their click; it is hashed before anything is landed, alike in every table.
    """

    columns: Mapping[str, pa.DataType]
    key: tuple[str, ...]
    description: str
    day: str | None = None
    of_orders: bool = False
    must_close: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()


TABLES: Mapping[str, Table] = {
    "orders": Table(
        description="Orders as booked, with what the landing page's address said of their origin.",
        key=("order_id",),
        day="order_date",
        must_close=("net_amount", "tax_amount"),
        personal=("client_id", "gclid", "fbclid"),
        columns={
            "order_id": TEXT,
            "client_id": TEXT,
            "order_date": pa.date32(),
            "ordered_at": INSTANT,
            "sales_channel": TEXT,
            "currency": TEXT,
            "net_amount": AMOUNT,
            "tax_amount": AMOUNT,
            "has_consent": pa.bool_(),
            "utm_source": TEXT,
            "utm_medium": TEXT,
            "utm_campaign": TEXT,
            "utm_id": TEXT,
            "gclid": TEXT,
            "gad_campaign_id": TEXT,
            "fbclid": TEXT,
            **KEPT,
        },
    ),
    "order_lines": Table(
        description="What was ordered, by line, on the day of its order.",
        key=("order_id", "line_no"),
        day="order_date",
        of_orders=True,
        must_close=("net_amount", "tax_amount"),
        columns={
            "order_id": TEXT,
            "line_no": pa.int64(),
            "product_id": TEXT,
            "quantity": pa.int64(),
            "currency": TEXT,
            "net_amount": AMOUNT,
            "tax_amount": AMOUNT,
            **KEPT,
        },
    ),
    "refunds": Table(
        description="Money given back for a line, with or without the goods, on its own day.",
        key=("refund_id",),
        day="refund_date",
        must_close=("net_amount", "tax_amount"),
        columns={
            "refund_id": TEXT,
            "order_id": TEXT,
            "line_no": pa.int64(),
            "product_id": TEXT,
            "refund_date": pa.date32(),
            "returned_quantity": pa.int64(),
            "currency": TEXT,
            "net_amount": AMOUNT,
            "tax_amount": AMOUNT,
            **KEPT,
        },
    ),
    "clients": Table(
        description="Who buys: businesses by name, consumers by a number only.",
        key=("client_id",),
        personal=("client_id",),
        columns={
            "client_id": TEXT,
            "kind": TEXT,
            "business_name": TEXT,
            "country": TEXT,
            "created_at": INSTANT,
            **KEPT,
        },
    ),
    "products": Table(
        description="What is sold, and what one piece costs from a day on.",
        key=("product_id", "valid_from"),
        columns={
            "product_id": TEXT,
            "valid_from": pa.date32(),
            "name": TEXT,
            "category": TEXT,
            "currency": TEXT,
            "unit_cost": AMOUNT,
            **KEPT,
        },
    ),
    "budgets": Table(
        description="What may be spent in a month on a channel (google_ads, facebook_ads).",
        key=("month", "channel"),
        columns={
            "month": pa.date32(),
            "channel": TEXT,
            "currency": TEXT,
            "amount": AMOUNT,
            **KEPT,
        },
    ),
    "ad_invoices": Table(
        description="The ad platforms' invoices and credit notes for a month, net of tax.",
        key=("invoice_id",),
        columns={
            "invoice_id": TEXT,
            "supplier": TEXT,
            "ad_account_id": TEXT,
            "billing_month": pa.date32(),
            "kind": TEXT,
            "issued_on": pa.date32(),
            "currency": TEXT,
            "net_amount": AMOUNT,
            **KEPT,
        },
    ),
}


def _stream(name: str, table: Table) -> Stream:
    return Stream(
        source=SOURCE,
        name=name,
        description=table.description,
        schema=pa.schema(
            [
                ("account_id", TEXT),
                ("account_day", pa.date32()),
                *((column, kind) for column, kind in table.columns.items()),
            ]
        ),
        grain=table.key,
        must_close=table.must_close,
        snapshot=table.day is None,
        personal=dict.fromkeys(table.personal, "hash"),
    )


STREAMS: Mapping[str, Stream] = {name: _stream(name, table) for name, table in TABLES.items()}
DATED = tuple(name for name, table in TABLES.items() if table.day is not None)
