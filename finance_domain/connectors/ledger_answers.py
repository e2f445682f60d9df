"""Rows of a database as the stream's Arrow table.

Belongs here: exact money, instants in UTC, days. Does not: SQL (ledger_queries).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from finance_domain.connectors.ledger_streams import AMOUNT, SOURCE
from shared_policies.platform.errors import AnswerBroken

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shared_policies.platform.streams import Account, Stream

Row = tuple[Any, ...]


def as_table(
    stream: Stream,
    account: Account,
    names: Sequence[str],
    pieces: Iterable[Sequence[Row]],
    *,
    today: date,
) -> pa.Table:
    """`pieces` of rows under `names`. A snapshot's rows are of `today`.

    Raises:
        AnswerBroken: an amount that is no decimal with four places at most, a missing instant.
    """
    batches = [
        _batch(stream, account, dict(zip(names, zip(*rows, strict=True), strict=True)), today)
        for rows in pieces
        if rows
    ]
    return pa.Table.from_batches(batches, schema=stream.schema)


def as_totals(stream: Stream, found: Sequence[Mapping[Any, Any]]) -> pa.Table:
    """`account_day` and the measures that must close, from sums in ten-thousandths."""
    schema = pa.schema([("account_day", pa.date32()), *((n, AMOUNT) for n in stream.must_close)])
    columns = {"account_day": [row["account_day"] for row in found]} | {
        name: [Decimal(int(row[name])).scaleb(-4) for row in found] for name in stream.must_close
    }
    return pa.table(columns, schema=schema)


def instant(value: datetime) -> datetime:
    """In UTC; without a time zone it is UTC already."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def amount(text: str | None) -> Decimal | None:
    """Exact to four places, whatever zeros or exponent a driver writes.

    Raises:
        AnswerBroken: no decimal, or finer than four places.
    """
    if text is None:
        return None
    try:
        exact = Decimal(text)
        rounded = exact.quantize(Decimal("0.0001"))
    except InvalidOperation as error:
        raise _broken(text) from error
    if exact != rounded:
        raise _broken(text)
    return rounded


def _batch(
    stream: Stream, account: Account, columns: Mapping[str, Sequence[Any]], today: date
) -> pa.RecordBatch:
    length = len(next(iter(columns.values())))
    filled: dict[str, list[Any]] = {
        "account_id": [account.account_id] * length,
        "account_day": [today] * length,
    }
    filled.update({name: list(values) for name, values in columns.items()})
    arrays = []
    for field in stream.schema:
        values = filled[field.name]
        if pa.types.is_decimal(field.type):
            values = [amount(value) for value in values]
        elif pa.types.is_timestamp(field.type):
            values = [None if value is None else instant(value) for value in values]
        arrays.append(pa.array(values, type=field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=stream.schema)


def _broken(text: str) -> AnswerBroken:
    return AnswerBroken(
        f"an amount reads {text!r}, expected a decimal with at most four places. Nothing was "
        "landed.",
        cure="Make the column NUMERIC, or offer a view that rounds it.",
        source=SOURCE,
    )
