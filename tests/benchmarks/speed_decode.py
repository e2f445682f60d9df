"""How fast answers become tables, beside the platform's own library parsing the same bytes.

Belongs here: three platforms' answers as bytes, the connectors reading them, the floors. Does
not: network, landing.

Ours is a connector's whole pull of one stream and its control totals: library's parsing, checks
and the Arrow table. The floor is what the library needs until every value that was asked for is
one of Python's, once: json.loads; for protobuf FromString and one attribute read a field, because
FromString alone hands over nothing that was read yet. What that alone takes is told beside it.
Both are counted in seconds of one processor, the best of several times, in the same run.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from marketing_domain.connectors import facebook_ads, google_ads, google_analytics
from shared_policies.platform.days import DayRange

if TYPE_CHECKING:
    from shared_policies.platform.streams import Pull

WORLD = {"readable": 1, "unreadable": 0, "campaigns": 60, "volume": 2.0}
# As many as Meta answers at once: the states of an asynchronous report cannot be played again.
DAYS = DayRange(start=date(2026, 10, 1), end=date(2026, 10, 15))
TIMES = 5
Parse = Callable[[bytes], object]
Pulling = Callable[[], "Pull"]


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """Rows per second of processor time; `opaque` is FromString alone, None where it is no step."""

    rows: int
    ours: float
    floor: float
    opaque: float | None

    @property
    def vs_floor(self) -> float:
        return self.ours / self.floor


@dataclass
class Tape:
    """Answers as bytes, by what was asked: asked of the platform the first time only."""

    kept: dict[str, list[bytes]] = field(default_factory=dict)

    def answers(self, asked: object, ask: Callable[[], list[bytes]]) -> list[bytes]:
        key = json.dumps(asked, sort_keys=True, default=str)
        if key not in self.kept:
            self.kept[key] = ask()
        return self.kept[key]

    def all(self) -> list[bytes]:
        return [one for answers in self.kept.values() for one in answers]


def decoded() -> Mapping[str, Decoded]:
    """By source, of the platforms that the environment names."""
    sources = {"google_ads": _google(), "facebook_ads": _meta(), "google_analytics": _ga4()}
    found = {}
    for name, source in sources.items():
        with source as (pull, tape, read, opaque):
            rows = pull().rows.num_rows
            floor = _rate(rows, lambda tape=tape, read=read: [read(one) for one in tape.all()])
            alone = _rate(rows, lambda tape=tape, opaque=opaque: [opaque(b) for b in tape.all()])
            found[name] = Decoded(
                rows=rows,
                ours=_rate(rows, pull),
                floor=floor,
                opaque=alone if opaque is not read else None,
            )
    return found


def _rate(rows: int, work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(TIMES):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return rows / min(seconds)


@contextmanager
def _google() -> Iterator[tuple[Pulling, Tape, Parse, Parse]]:
    from google.ads.googleads.v26.services.types import (  # noqa: PLC0415  0.8 s at import
        google_ads_service,
    )

    opaque = google_ads_service.SearchGoogleAdsStreamResponse.pb().FromString
    tape, service_for = Tape(), google_ads.service_for

    class Service:
        def __init__(self, *asked: Any) -> None:  # noqa: ANN401
            self.asked = asked

        def search_stream(self, *, timeout: float, **asked: Any) -> Iterator[Any]:  # noqa: ANN401
            def ask() -> list[bytes]:
                service = service_for(*self.asked)
                batches = service.search_stream(timeout=timeout, **asked)
                return [one.SerializeToString() for one in batches]

            return map(opaque, tape.answers(asked, ask))

    def read(answer: bytes) -> object:
        message = opaque(answer)
        return list(map(attrgetter(*message.field_mask.paths), message.results))

    with patch.object(google_ads, "service_for", Service):
        yield _pulling(google_ads.connect(), "ad_day"), tape, read, opaque


@contextmanager
def _meta() -> Iterator[tuple[Pulling, Tape, Parse, Parse]]:
    tape, call = Tape(), facebook_ads.call

    def replay(session: Any, method: str, *asked: Any, **how: Any) -> Any:  # noqa: ANN401
        def ask() -> list[bytes]:
            return [json.dumps(call(session, method, *asked, **how)).encode()]

        return json.loads(tape.answers((method, *asked), ask)[0])

    with patch.object(facebook_ads, "call", replay):
        yield _pulling(facebook_ads.connect(), "ad_day"), tape, json.loads, json.loads


@contextmanager
def _ga4() -> Iterator[tuple[Pulling, Tape, Parse, Parse]]:
    from google.analytics.data_v1beta import RunReportResponse  # noqa: PLC0415  1 s at import

    opaque = RunReportResponse.pb().FromString
    connector, tape = google_analytics.connect(), Tape()
    data = connector._data

    class Client:
        def run_report(self, *, request: Any, **how: Any) -> Any:  # noqa: ANN401
            def ask() -> list[bytes]:
                answer = data.run_report(request=request, **how)
                return [RunReportResponse.serialize(answer)]

            return RunReportResponse.deserialize(tape.answers(request, ask)[0])

    def read(answer: bytes) -> object:
        return [
            [one.value for one in (*row.dimension_values, *row.metric_values)]
            for row in opaque(answer).rows
        ]

    with patch.dict(connector.__dict__, {"_data": Client()}):
        yield _pulling(connector, "session_hour"), tape, read, opaque


def _pulling(connector: Any, stream: str) -> Pulling:  # noqa: ANN401
    account = connector.accounts().readable[0]
    return lambda: connector.pull(connector.streams[stream], account, DAYS)
