"""Whether rows add up to what the platform itself says of the whole account.

Belongs here: sums by account-day and their difference. Does not: what happens then (landing).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from shared_policies.platform.streams import Pull


def sums_by_day(table: pa.Table, measures: tuple[str, ...]) -> dict[date, dict[str, int | Decimal]]:
    """Exact sums (integers and decimals only) of `measures` per `account_day`."""
    grouped = table.group_by("account_day").aggregate([(name, "sum") for name in measures])
    return {
        row["account_day"]: {name: row[f"{name}_sum"] or 0 for name in measures}
        for row in grouped.to_pylist()
    }


def differences(pull: Pull) -> dict[date, dict[str, tuple[int | Decimal, int | Decimal]]]:
    """Per day and measure that does not add up: (sum of the rows, control total)."""
    measures = pull.stream.must_close or pull.stream.residual
    if pull.control_totals is None or not measures:
        return {}
    rows = sums_by_day(pull.rows, measures)
    totals = sums_by_day(pull.control_totals, measures)
    found: dict[date, dict[str, tuple[int | Decimal, int | Decimal]]] = {}
    for day in sorted(rows.keys() | totals.keys()):
        for name in measures:
            ours = rows.get(day, {}).get(name, 0)
            theirs = totals.get(day, {}).get(name, 0)
            if ours != theirs:
                found.setdefault(day, {})[name] = (ours, theirs)
    return found


def duplicate_keys(table: pa.Table, grain: tuple[str, ...]) -> pa.Table:
    """The keys that stand on more than one row; empty where `grain` holds."""
    counted = table.group_by(list(grain)).aggregate([([], "count_all")])
    return counted.filter(pc.greater(counted["count_all"], pa.scalar(1)))
