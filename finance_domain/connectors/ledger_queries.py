"""The ledger's questions in SQL, for any database.

Belongs here: SQLAlchemy's expressions, whether a table has what is read. Does not: sending them
(ledger.py), what the columns are (ledger_streams).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from finance_domain.connectors.ledger_errors import columns_missing, table_missing
from finance_domain.connectors.ledger_streams import COMPANIES, TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Connection, FromClause, Select, TableClause

    from shared_policies.platform.days import DayRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One stream of one company; `days` None asks for all that there are.

    `rows` is the stream's table and `dated` the one that its day stands on, the same or `orders`.
    """

    name: str
    company_id: str
    days: DayRange | None
    rows: TableClause
    dated: TableClause

    def answer(self) -> Select[Any]:
        """The rows that were not deleted. Money is text, so that no driver makes it a float."""
        import sqlalchemy as sa  # noqa: PLC0415  0.3 s that a location's load need not pay

        columns = [
            sa.cast(self.rows.c[column], sa.String(40)).label(column)
            if pa.types.is_decimal(kind)
            else self.rows.c[column]
            for column, kind in TABLES[self.name].columns.items()
        ]
        if TABLES[self.name].day is not None:
            columns.insert(0, self._day)
        return sa.select(*columns).select_from(self._source).where(*self._asked, *self._stands)

    def totals(self) -> Select[Any]:
        """What the database itself adds up, by day, in ten-thousandths.

        Whole numbers, because SQLite would add up decimals as floats.
        """
        import sqlalchemy as sa  # noqa: PLC0415  see above

        sums = []
        for name in TABLES[self.name].must_close:
            whole = sa.cast(sa.func.round(self.rows.c[name] * 10_000), sa.BigInteger)
            sums.append(sa.func.sum(whole).label(name))
        return (
            sa.select(self._day, *sums)
            .select_from(self._source)
            .where(*self._asked, *self._stands)
            .group_by(self._day.element)
        )

    def states(self) -> Select[Any]:
        """By day: rows that stand, and the newest change among all, deleted ones too.

        Rows without a day are told whatever days are asked for: no other question finds them.
        """
        import sqlalchemy as sa  # noqa: PLC0415  see above

        standing = sa.case((sa.and_(*self._stands), 1), else_=0)
        in_days = sa.and_(sa.true(), *self._in_days)
        return (
            sa.select(
                self._day,
                sa.func.sum(standing).label("row_count"),
                sa.func.max(self.rows.c.modified_at).label("modified_until"),
            )
            .select_from(self._source)
            .where(self._of_company, sa.or_(self._day.element.is_(None), in_days))
            .group_by(self._day.element)
        )

    @property
    def _day(self) -> Any:  # noqa: ANN401  a label of a column
        return self.dated.c[str(TABLES[self.name].day)].label("account_day")

    @property
    def _source(self) -> FromClause:
        if self.rows is self.dated:
            return self.rows
        return self.rows.join(
            self.dated,
            (self.rows.c.company_id == self.dated.c.company_id)
            & (self.rows.c.order_id == self.dated.c.order_id),
        )

    @property
    def _asked(self) -> list[ColumnElement[bool]]:
        return [self._of_company, *self._in_days]

    @property
    def _of_company(self) -> ColumnElement[bool]:
        return self.dated.c.company_id == self.company_id

    @property
    def _in_days(self) -> list[ColumnElement[bool]]:
        if self.days is None or TABLES[self.name].day is None:
            return []
        day = self._day.element
        return [day >= self.days.start, day < self.days.end]

    @property
    def _stands(self) -> list[ColumnElement[bool]]:
        tables = {self.rows, self.dated}
        return [table.c.deleted_at.is_(None) for table in tables]


def question(
    connection: Connection, name: str, *, company_id: str, days: DayRange | None, schema: str | None
) -> Question:
    """About the stream `name`.

    Raises:
        MisconfiguredSetting: a table or a column that is read is not there.
    """
    rows = _table(connection, name, TABLES[name].columns, schema)
    dated = rows
    if TABLES[name].of_orders:
        dated = _table(connection, "orders", TABLES["orders"].columns, schema)
    return Question(name=name, company_id=company_id, days=days, rows=rows, dated=dated)


def companies(connection: Connection, *, schema: str | None) -> Select[Any]:
    """Raises MisconfiguredSetting likewise."""
    table = _table(connection, "companies", COMPANIES, schema)
    return table.select().order_by(table.c.company_id)


def _table(
    connection: Connection, name: str, columns: Mapping[str, pa.DataType], schema: str | None
) -> TableClause:
    import sqlalchemy as sa  # noqa: PLC0415  see above

    kinds = dict(columns)
    if name != "companies":
        kinds |= {"company_id": pa.string(), "deleted_at": pa.timestamp("us", tz="UTC")}
    inspector = sa.inspect(connection)
    try:
        found = {column["name"] for column in inspector.get_columns(name, schema=schema)}
    except sa.exc.NoSuchTableError as error:
        views = inspector.get_view_names(schema=schema)
        raise table_missing(name, [*inspector.get_table_names(schema=schema), *views]) from error
    if missing := sorted(kinds.keys() - found):
        raise columns_missing(name, missing, sorted(found))
    typed = [sa.column(column, _sql_type(kind)) for column, kind in kinds.items()]
    return sa.table(name, *typed, schema=schema)


def _sql_type(kind: pa.DataType) -> Any:  # noqa: ANN401  SQLAlchemy's types are generic
    import sqlalchemy as sa  # noqa: PLC0415  see above

    if pa.types.is_date(kind):
        return sa.Date()
    if pa.types.is_timestamp(kind):
        return sa.DateTime(timezone=True)
    if pa.types.is_boolean(kind):
        return sa.Boolean()
    if pa.types.is_integer(kind):
        return sa.BigInteger()
    return sa.Numeric() if pa.types.is_decimal(kind) else sa.String()
