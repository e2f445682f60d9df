"""What is landed of surveys: answers, what was asked, what was delivered and what was refused.

Belongs here: columns and grains. Does not: reading (surveys_answers), asking (surveys).

An account is a survey, its day the day on which a response was submitted, by the survey's clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from shared_policies.platform.streams import Stream

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE = "surveys"
KEYS = (("account_id", pa.string()), ("account_day", pa.date32()))
INSTANT = pa.timestamp("us", tz="UTC")

ANSWER = Stream(
    source=SOURCE,
    name="answer",
    description="One answer of one person: a step on a scale, or an option and its channel.",
    schema=pa.schema(
        [
            *KEYS,
            ("response_id", pa.string()),
            ("question", pa.string()),
            ("respondent_id", pa.string()),
            ("submitted_at", INSTANT),
            ("wave", pa.string()),
            ("response_language", pa.string()),
            ("code", pa.string()),
            ("score", pa.int64()),
            ("channel", pa.string()),
            ("delivered_in", pa.string()),
        ]
    ),
    grain=("response_id", "question"),
    personal={"response_id": "hash", "respondent_id": "hash"},
)
QUESTION = Stream(
    source=SOURCE,
    name="question",
    description="What is asked, as declared: the scale's ends, and which of them is best.",
    schema=pa.schema(
        [
            *KEYS,
            ("question", pa.string()),
            ("position", pa.int64()),
            ("kind", pa.string()),
            ("wording", pa.string()),
            ("low", pa.int64()),
            ("high", pa.int64()),
            ("best", pa.int64()),
            ("anchor", pa.string()),
        ]
    ),
    grain=("question",),
    snapshot=True,
)
DELIVERY = Stream(
    source=SOURCE,
    name="delivery",
    description="One file or export, with how many of its responses were taken and refused.",
    schema=pa.schema(
        [
            *KEYS,
            ("delivered_in", pa.string()),
            ("responses", pa.int64()),
            ("accepted", pa.int64()),
            ("refused", pa.int64()),
            ("left_out", pa.int64()),
            ("first_day", pa.date32()),
            ("last_day", pa.date32()),
        ]
    ),
    grain=("delivered_in",),
    snapshot=True,
)
REFUSED_LINE = Stream(
    source=SOURCE,
    name="refused_line",
    description="A line that is not taken as it stands now, and why; line 0 is a whole file.",
    schema=pa.schema(
        [
            *KEYS,
            ("delivered_in", pa.string()),
            ("line_number", pa.int64()),
            ("reason", pa.string()),
        ]
    ),
    grain=("delivered_in", "line_number"),
    snapshot=True,
)
STREAMS: Mapping[str, Stream] = {
    one.name: one for one in (ANSWER, QUESTION, DELIVERY, REFUSED_LINE)
}
