"""What Google Analytics is asked: dimensions, metrics and settings, and the streams they make.

Belongs here: the APIs' names and ours, side by side. Does not: sending and reading
(google_analytics.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from marketing_domain.connectors.google_analytics_client import SOURCE
from shared_policies.platform.streams import Stream

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["day", "day_hour", "text", "id", "digits", "whole", "fraction"]
SettingKind = Literal["text", "enum", "flag", "amount"]
TYPES: Mapping[Kind | SettingKind, pa.DataType] = {
    "day": pa.date32(),
    "day_hour": pa.int64(),
    "text": pa.string(),
    "id": pa.string(),
    "digits": pa.string(),
    "whole": pa.int64(),
    "fraction": pa.float64(),
    "enum": pa.string(),
    "flag": pa.bool_(),
    "amount": pa.float64(),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A dimension or metric; `api_name` is the Data API's.

    `day_hour` is a day and an hour of the property's clock in one, `digits` an id that may be
    written with dashes. An id that is not set is empty; a text is kept as it is written.
    """

    name: str
    api_name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Report:
    """What a dated stream asks, by day; `key_events_only` leaves every other event out."""

    dimensions: tuple[Field, ...]
    metrics: tuple[Field, ...]
    key_events_only: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """A field of an Admin API message; an `amount` that is not set is null."""

    name: str
    path: str
    kind: SettingKind


DAY = Field("account_day", "date", "day")
DAY_HOUR = Field("hour", "dateHour", "day_hour")
SESSIONS = Field("sessions", "sessions", "whole")
TRAFFIC = (
    Field("source", "sessionSource", "text"),
    Field("medium", "sessionMedium", "text"),
    Field("campaign_name", "sessionCampaignName", "text"),
    Field("manual_campaign_id", "sessionManualCampaignId", "id"),
    Field("google_ads_campaign_id", "sessionGoogleAdsCampaignId", "id"),
    Field("google_ads_customer_id", "sessionGoogleAdsCustomerId", "digits"),
)
EVENT_NAME = Field("event_name", "eventName", "text")
KEY_EVENTS = (
    Field("key_events", "keyEvents", "fraction"),
    Field("revenue", "totalRevenue", "fraction"),
)
REPORTS: Mapping[str, Report] = {
    "session_hour": Report(
        (DAY_HOUR, *TRAFFIC),
        (SESSIONS, Field("engaged_sessions", "engagedSessions", "whole"), *KEY_EVENTS),
    ),
    "key_event_hour": Report((DAY_HOUR, EVENT_NAME, *TRAFFIC), KEY_EVENTS, key_events_only=True),
}
CONTROL = Report((DAY,), (SESSIONS,))
SETTINGS: Mapping[str, tuple[Setting, ...]] = {
    "property": (
        Setting("property_name", "display_name", "text"),
        Setting("currency_code", "currency_code", "text"),
        Setting("time_zone", "time_zone", "text"),
        Setting("industry_category", "industry_category", "enum"),
        Setting("service_level", "service_level", "enum"),
    ),
    "key_event": (
        Setting("event_name", "event_name", "text"),
        Setting("counting_method", "counting_method", "enum"),
        Setting("default_value", "default_value.numeric_value", "amount"),
        Setting("default_value_currency", "default_value.currency_code", "text"),
        Setting("custom", "custom", "flag"),
    ),
    "attribution_setting": (
        Setting("reporting_attribution_model", "reporting_attribution_model", "enum"),
        Setting("acquisition_window", "acquisition_conversion_event_lookback_window", "enum"),
        Setting("other_window", "other_conversion_event_lookback_window", "enum"),
        Setting("ads_export_scope", "ads_web_conversion_data_export_scope", "enum"),
    ),
}


def _stream(
    name: str, description: str, *, grain: tuple[str, ...], residual: tuple[str, ...] = ()
) -> Stream:
    asked = REPORTS[name] if name in REPORTS else SETTINGS[name]
    return stream_of(name, asked, description, grain=grain, residual=residual)


def stream_of(
    name: str,
    asked: Report | tuple[Setting, ...],
    description: str,
    *,
    grain: tuple[str, ...],
    residual: tuple[str, ...] = (),
) -> Stream:
    """The stream that a report or the settings of a property make."""
    snapshot = not isinstance(asked, Report)
    columns: tuple[Field | Setting, ...] = ()
    if isinstance(asked, Report):
        columns = tuple(one for one in (*asked.dimensions, *asked.metrics) if one is not DAY)
    else:
        columns = asked
    return Stream(
        source=SOURCE,
        name=name,
        description=description,
        schema=pa.schema(
            [
                ("account_id", pa.string()),
                ("account_day", pa.date32()),
                *((column.name, TYPES[column.kind]) for column in columns),
            ]
        ),
        grain=grain,
        residual=residual,
        snapshot=snapshot,
    )


TRAFFIC_GRAIN = ("hour", *(field.name for field in TRAFFIC))
STREAMS: Mapping[str, Stream] = {
    stream.name: stream
    for stream in (
        _stream("property", "Properties: currency, time zone, service level.", grain=()),
        _stream(
            "key_event",
            "The events that a property counts as key events, and how it counts them.",
            grain=("event_name",),
        ),
        _stream(
            "attribution_setting", "A property's attribution model and lookback windows.", grain=()
        ),
        _stream(
            "session_hour",
            "Sessions, key events and revenue by hour of the property's clock and by the source, "
            "medium and campaign of the session.",
            grain=TRAFFIC_GRAIN,
            residual=("sessions",),
        ),
        _stream(
            "key_event_hour",
            "Key events and revenue by event, hour of the property's clock and the source, medium "
            "and campaign of the session.",
            grain=(*TRAFFIC_GRAIN, "event_name"),
        ),
    )
}
