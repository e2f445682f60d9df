"""What the books and the central bank do to us.

Belongs here: damage to the ledger's file, what somebody does in it, the bank's answers. Does not:
what came of it (trials.py).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.scenarios.faults.trouble import PlatformFault, cut, gone, in_files, on_the_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sandbox.process import RunningSandbox
    from tests.scenarios.faults.trouble import Trouble


def _ledger(
    name: str, trouble: Trouble, *, stream: str = "orders", by_itself: bool = False
) -> PlatformFault:
    return PlatformFault(
        name=f"ledger {stream}: {name}",
        source="ledger",
        stream=stream,
        trouble=trouble,
        by_itself=by_itself,
        settings={"LEDGER_REQUEST_TIMEOUT_SECONDS": "0.2"},
    )


def _books(sandbox: RunningSandbox) -> Path:
    return Path(sandbox.ledger_url.removeprefix("sqlite:///"))


def _run(sql: str, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(sql)


def _after(sql: str) -> Trouble:
    """The books as they are once somebody has run `sql` on them."""
    return in_files(_books, partial(_run, sql))


@contextmanager
def _held_by_a_writer(sandbox: RunningSandbox) -> Iterator[Callable[[], bool]]:
    with closing(sqlite3.connect(_books(sandbox), isolation_level=None)) as writer:
        writer.execute("begin exclusive")
        yield lambda: True


LEDGER = (
    _ledger("no file", in_files(_books, gone)),
    _ledger("half a file", in_files(_books, cut)),
    _ledger("no database", in_files(_books, lambda path: path.write_text("no database" * 100))),
    _ledger("held by a writer", _held_by_a_writer),
    _ledger("no companies", _after("delete from companies")),
    _ledger(
        "a company is gone",
        _after("delete from companies where company_id = (select min(company_id) from companies)"),
    ),
    _ledger("a table renamed", _after("alter table orders rename to sales")),
    _ledger("a column renamed", _after("alter table orders rename column currency to money")),
    _ledger(
        "an amount finer than four places",
        _after("update orders set net_amount = '1.23456' where order_date = '2026-10-20'"),
    ),
    _ledger(
        "an order without a day",
        _after("update orders set order_date = null where order_date = '2026-10-20'"),
    ),
    _ledger(
        "changes that nobody dated",
        _after("update refunds set modified_at = null where refund_date = '2026-10-20'"),
        stream="refunds",
    ),
)
RATES = tuple(
    PlatformFault(
        name=f"ecb: {kind}{' for good' if times is None else ''}",
        source="ecb",
        stream="reference_rate",
        trouble=on_the_wire("ecb", kind=kind, times=times),
        by_itself=times is not None,
    )
    for kind in ("html_502", "truncated")
    for times in (1, None)
)
