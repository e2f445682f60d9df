"""What Adobe Analytics is asked: dimensions, metrics, and the streams they make.

Belongs here: the API's names and ours, side by side, and what a day costs in requests. Does not:
sending and reading (adobe_analytics.py).

A report has one dimension; a second one is another request for each item of the first. A day by
hour and tracking code is therefore asked hour by hour: at most 26 requests, however many codes a
company has, where code by code would be thousands. Marketing channels and the whole suite need no
hours and cost one request each. At Adobe's 12 requests in 6 seconds a suite's day takes 14 s and
37 months about 4 h 20 min.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from marketing_domain.connectors.adobe_analytics_client import SOURCE
from shared_policies.platform.streams import Stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marketing_domain.settings import AdobeAnalyticsSettings

Kind = Literal["whole", "fraction"]
TYPES: Mapping[Kind, pa.DataType] = {"whole": pa.int64(), "fraction": pa.float64()}
HOUR = "variables/daterangehour"
DAY = "variables/daterangeday"
CHANNEL = "variables/lasttouchchannel"


@dataclass(frozen=True, slots=True)
class Metric:
    """A column of a report; `api_name` is Adobe's id, None where the company has to name it."""

    name: str
    api_name: str | None
    kind: Kind


@dataclass(frozen=True, slots=True)
class Report:
    """What a dated stream asks, a day at a time.

    `item` names the two columns that hold an item's id and text. With `by_hour`, the dimension is
    the hour, and the items are those of the company's tracking codes within each.
    """

    dimension: str
    metrics: tuple[Metric, ...]
    item: tuple[str, str] | None = None
    by_hour: bool = False


VISITS = Metric("visits", "metrics/visits", "whole")
VISITORS = Metric("visitors", "metrics/visitors", "whole")
# A visit stands in every hour in which it has a hit; it begins in one.
VISITS_BEGUN = Metric("visits_begun", "metrics/entries", "whole")
RESULTS = (
    Metric("orders", "metrics/orders", "whole"),
    Metric("revenue", "metrics/revenue", "fraction"),
    Metric("leads", None, "whole"),
)
REPORTS: Mapping[str, Report] = {
    "suite_day": Report(DAY, (VISITS, VISITS_BEGUN, VISITORS, *RESULTS)),
    "channel_day": Report(
        CHANNEL, (VISITS, VISITS_BEGUN, VISITORS, *RESULTS), ("channel_id", "channel")
    ),
    "campaign_hour": Report(
        HOUR,
        (VISITS_BEGUN, VISITS, *RESULTS),
        ("tracking_code_id", "tracking_code"),
        by_hour=True,
    ),
}
SUITE_COLUMNS: Mapping[str, str] = {
    "suite_name": "name",
    "currency_code": "currency",
    "time_zone": "timezoneZoneinfo",
    "suite_type": "collectionItemType",
    "parent_suite_id": "parentRsid",
}


def asked_metrics(report: Report, settings: AdobeAnalyticsSettings) -> Mapping[str, str]:
    """Adobe's metric by our column, less what the company has not named."""
    own = {"leads": settings.lead_metric}
    named = {one.name: one.api_name or own[one.name] for one in report.metrics}
    return {name: api_name for name, api_name in named.items() if api_name}


def _stream(
    name: str,
    description: str,
    *,
    grain: tuple[str, ...] = (),
    residual: tuple[str, ...] = (),
    optional: bool = False,
) -> Stream:
    report = REPORTS.get(name)
    columns: list[tuple[str, pa.DataType]] = []
    if report is None:
        columns = [(column, pa.string()) for column in SUITE_COLUMNS]
    else:
        columns += [("hour", pa.int64())] if report.by_hour else []
        columns += [(column, pa.string()) for column in report.item or ()]
        columns += [(metric.name, TYPES[metric.kind]) for metric in report.metrics]
    return Stream(
        source=SOURCE,
        name=name,
        description=description,
        schema=pa.schema([("account_id", pa.string()), ("account_day", pa.date32()), *columns]),
        grain=grain,
        residual=residual,
        snapshot=report is None,
        optional=optional,
    )


STREAMS: Mapping[str, Stream] = {
    stream.name: stream
    for stream in (
        _stream("report_suite", "Report suites: currency, time zone, what they are a part of."),
        _stream(
            "suite_day",
            "Visits, visitors, orders, revenue and leads of a whole report suite. Visitors of two "
            "days may not be added up.",
            optional=True,
        ),
        _stream(
            "channel_day",
            "The same by last-touch marketing channel. Neither visits nor visitors of two channels "
            "may be added up.",
            grain=("channel_id",),
            residual=("visits_begun", "orders", "leads"),
            optional=True,
        ),
        _stream(
            "campaign_hour",
            "Visits, orders, revenue and leads by tracking code and hour of the suite's clock. A "
            "visit counts in every hour that it touches, and begins in one.",
            grain=("hour", "tracking_code_id"),
            residual=("visits_begun", "orders", "leads"),
        ),
    )
}
