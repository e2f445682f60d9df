"""The ledger's tables in SQL, and writing them whole.

Belongs here: types and keys, one transaction. Does not: what stands in them (view.py). Money is
exact in every database: SQLite keeps text, as it has no decimals.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from tests.sandbox.ledger.view import tables

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Dialect

    from tests.sandbox.world.world import World

METADATA = sa.MetaData()
A_PIECE = 2_000


class Money(sa.TypeDecorator[Decimal]):
    """NUMERIC(18, 2)."""

    impl = sa.Numeric(18, 2)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:  # noqa: ANN401
        exact = sa.Text() if dialect.name == "sqlite" else sa.Numeric(18, 2)
        return dialect.type_descriptor(exact)

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:  # noqa: ANN401
        return str(value) if dialect.name == "sqlite" and value is not None else value


def _table(name: str, keys: tuple[str, ...], /, **columns: Any) -> sa.Table:  # noqa: ANN401
    instants = {"modified_at": sa.DateTime(timezone=True), "deleted_at": sa.DateTime(timezone=True)}
    every = {"company_id": sa.Text(), **columns, **({} if name == "companies" else instants)}
    return sa.Table(
        name,
        METADATA,
        *(sa.Column(one, kind, primary_key=one in keys) for one, kind in every.items()),
    )


ORDERS = _table(
    "orders",
    ("company_id", "order_id"),
    order_id=sa.Text(),
    client_id=sa.Text(),
    order_date=sa.Date(),
    ordered_at=sa.DateTime(timezone=True),
    sales_channel=sa.Text(),
    currency=sa.CHAR(3),
    net_amount=Money(),
    tax_amount=Money(),
    gross_amount=Money(),
    has_consent=sa.Boolean(),
    utm_source=sa.Text(),
    utm_medium=sa.Text(),
    utm_campaign=sa.Text(),
    utm_id=sa.Text(),
    gclid=sa.Text(),
    gad_campaign_id=sa.Text(),
    fbclid=sa.Text(),
)
_table(
    "companies",
    ("company_id",),
    name=sa.Text(),
    currency=sa.CHAR(3),
    time_zone=sa.Text(),
    opened_on=sa.Date(),
)
_table(
    "clients",
    ("company_id", "client_id"),
    client_id=sa.Text(),
    kind=sa.Text(),
    business_name=sa.Text(),
    country=sa.CHAR(2),
    created_at=sa.DateTime(timezone=True),
)
_table(
    "products",
    ("company_id", "product_id", "valid_from"),
    product_id=sa.Text(),
    valid_from=sa.Date(),
    name=sa.Text(),
    category=sa.Text(),
    unit_cost=Money(),
    currency=sa.CHAR(3),
)
_table(
    "order_lines",
    ("company_id", "order_id", "line_no"),
    order_id=sa.Text(),
    line_no=sa.Integer(),
    product_id=sa.Text(),
    quantity=sa.Integer(),
    net_amount=Money(),
    tax_amount=Money(),
    currency=sa.CHAR(3),
)
_table(
    "refunds",
    ("company_id", "refund_id"),
    refund_id=sa.Text(),
    order_id=sa.Text(),
    line_no=sa.Integer(),
    product_id=sa.Text(),
    refund_date=sa.Date(),
    returned_quantity=sa.Integer(),
    net_amount=Money(),
    tax_amount=Money(),
    currency=sa.CHAR(3),
)
_table(
    "budgets",
    ("company_id", "month", "channel"),
    month=sa.Date(),
    channel=sa.Text(),
    amount=Money(),
    currency=sa.CHAR(3),
)
_table(
    "ad_invoices",
    ("company_id", "invoice_id"),
    invoice_id=sa.Text(),
    supplier=sa.Text(),
    ad_account_id=sa.Text(),
    billing_month=sa.Date(),
    kind=sa.Text(),
    issued_on=sa.Date(),
    net_amount=Money(),
    currency=sa.CHAR(3),
)
sa.Index("orders_by_day", ORDERS.c.company_id, ORDERS.c.order_date)


def write(url: str, world: World, *, as_of: datetime) -> None:
    """Make the database at `url` (SQLAlchemy) the ledger as of then, for readers in one step."""
    engine = sa.create_engine(url, poolclass=NullPool)
    rows = tables(world, as_of)
    METADATA.create_all(engine)
    with engine.begin() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(table.delete())
            for start in range(0, len(rows[table.name]), A_PIECE):
                connection.execute(table.insert(), rows[table.name][start : start + A_PIECE])
