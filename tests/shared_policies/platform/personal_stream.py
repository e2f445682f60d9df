"""A stream about people, as a survey or a CRM would be, and pulls of it.

Belongs here: what the tests of privacy and erasure land. Does not: expectations.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from shared_policies.platform.days import DayRange
from shared_policies.platform.streams import Account, Pull, Stream

BERLIN = Account(
    source="survey", account_id="1", name="Berlin", currency="EUR", time_zone="Europe/Berlin"
)
ANSWERS = Stream(
    source="survey",
    name="answer",
    description="One answer to the survey.",
    schema=pa.schema(
        [
            ("account_id", pa.string()),
            ("account_day", pa.date32()),
            ("email", pa.string()),
            ("phone", pa.string()),
            ("street", pa.string()),
            ("comment", pa.string()),
            ("tags", pa.list_(pa.string())),
            ("score", pa.int64()),
        ]
    ),
    grain=("email",),
    must_close=("score",),
    personal={"email": "hash", "phone": "mask", "street": "drop"},
)
FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
BOTH = DayRange(start=FIRST, end=SECOND + timedelta(days=1))
MORNING = datetime(2026, 3, 4, 6, tzinfo=UTC)


def answer(email: str, *, day: date = FIRST, score: int = 1, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """One row of the stream."""
    return {
        "account_id": "1",
        "account_day": day,
        "email": email,
        "phone": "+49 30 1234567",
        "street": "Main Street 1",
        "comment": "all good",
        "tags": ["a"],
        "score": score,
        **more,
    }


def pull_of(rows: list[dict[str, Any]], *, at: datetime = MORNING) -> Pull:
    """The platform's answer, whose control totals count everybody."""
    totals: dict[date, int] = {}
    for row in rows:
        totals[row["account_day"]] = totals.get(row["account_day"], 0) + row["score"]
    return Pull(
        stream=ANSWERS,
        account=BERLIN,
        days=BOTH,
        pulled_at=at,
        rows=pa.Table.from_pylist(rows, schema=ANSWERS.schema),
        control_totals=pa.table(
            {
                "account_day": pa.array(list(totals), pa.date32()),
                "score": pa.array(list(totals.values()), pa.int64()),
            }
        ),
        requests=1,
        sandbox=True,
    )
