"""What Meta is asked: objects and insights, field by field, and the streams that they make.

Belongs here: Meta's names and ours, side by side. Does not: sending and reading
(facebook_ads.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from marketing_domain.connectors.facebook_ads_client import SOURCE
from shared_policies.platform.streams import Stream

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["text", "count", "maybe", "money", "clicks", "actions", "hour", "json", "number"]
MONEY = pa.decimal128(20, 6)
# Meta's name of an attribution window, and ours: the click or view first, its length last.
WINDOWS = {
    "1d_click": "click_1d",
    "7d_click": "click_7d",
    "28d_click": "click_28d",
    "1d_view": "view_1d",
    "1d_ev": "engaged_view_1d",
}
ACTION = pa.struct(
    [
        ("action_type", pa.string()),
        ("value", MONEY),
        *((name, MONEY) for name in WINDOWS.values()),
    ]
)
TYPES: Mapping[Kind, pa.DataType] = {
    "text": pa.string(),
    "count": pa.int64(),
    "maybe": pa.int64(),
    "money": MONEY,
    "clicks": pa.int64(),
    "actions": pa.list_(ACTION),
    "hour": pa.int64(),
    "json": pa.string(),
    "number": pa.int64(),
}
HOURLY = "hourly_stats_aggregated_by_advertiser_time_zone"
DELIVERY = ("impressions", "clicks_all", "spend")


@dataclass(frozen=True, slots=True)
class Column:
    """`path` is the field's name at Meta, with a dot into an object.

    A `count` that is absent is 0: Meta leaves out what is zero. A `maybe` that is absent is
    unknown. `clicks` is a list of actions that holds one number.
    """

    name: str
    path: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Edge:
    """Objects below the ad account; an empty name is the account itself."""

    name: str
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class Insights:
    """A report by day at `level`, broken down by what stands in columns of their own."""

    level: str
    columns: tuple[Column, ...]
    breakdowns: tuple[str, ...] = ()

    @property
    def fields(self) -> list[str]:
        return [column.path for column in self.columns if column.path not in self.breakdowns]


DELIVERED = (
    Column("impressions", "impressions", "count"),
    Column("clicks_all", "clicks", "count"),
    Column("inline_link_clicks", "inline_link_clicks", "count"),
    Column("outbound_clicks", "outbound_clicks", "clicks"),
    Column("spend", "spend", "money"),
)
RESULTS = (
    Column("reach", "reach", "maybe"),
    Column("actions", "actions", "actions"),
    Column("action_values", "action_values", "actions"),
)
CAMPAIGN_ID = Column("campaign_id", "campaign_id", "text")


def _named(entity: str, *fields: str) -> tuple[Column, ...]:
    own = (Column(f"{entity}_id", "id", "text"), Column(f"{entity}_name", "name", "text"))
    return (*own, *(Column(name, name, "text") for name in fields))


REPORTS: Mapping[str, Edge | Insights] = {
    "account": Edge(
        "",
        (
            Column("account_name", "name", "text"),
            Column("currency", "currency", "text"),
            Column("timezone_name", "timezone_name", "text"),
            Column("account_status", "account_status", "number"),
            Column("business_id", "business.id", "text"),
            Column("business_name", "business.name", "text"),
        ),
    ),
    "campaign": Edge(
        "campaigns",
        _named(
            "campaign", "objective", "status", "effective_status", "buying_type", "created_time"
        ),
    ),
    "ad_set": Edge(
        "adsets",
        (
            *_named("ad_set", "campaign_id", "status", "effective_status"),
            Column("optimization_goal", "optimization_goal", "text"),
            Column("billing_event", "billing_event", "text"),
            Column("attribution_spec", "attribution_spec", "json"),
        ),
    ),
    "ad": Edge(
        "ads",
        (
            *_named("ad", "campaign_id", "status", "effective_status"),
            Column("ad_set_id", "adset_id", "text"),
            Column("url_tags", "creative.url_tags", "text"),
        ),
    ),
    "campaign_hour": Insights(
        "campaign", (CAMPAIGN_ID, Column("hour", HOURLY, "hour"), *DELIVERED), breakdowns=(HOURLY,)
    ),
    "campaign_day": Insights("campaign", (CAMPAIGN_ID, *DELIVERED, *RESULTS)),
    "ad_day": Insights(
        "ad",
        (
            CAMPAIGN_ID,
            Column("ad_set_id", "adset_id", "text"),
            Column("ad_id", "ad_id", "text"),
            *DELIVERED,
            *RESULTS,
        ),
    ),
    "account_day": Insights("account", (*DELIVERED, *RESULTS)),
}
CONTROL = Insights("account", DELIVERED)


def stream_of(
    name: str,
    report: Edge | Insights,
    description: str,
    *,
    grain: tuple[str, ...],
    must_close: tuple[str, ...] = (),
    residual: tuple[str, ...] = (),
    optional: bool = False,
) -> Stream:
    return Stream(
        source=SOURCE,
        name=name,
        description=description,
        schema=pa.schema(
            [
                ("account_id", pa.string()),
                ("account_day", pa.date32()),
                *((column.name, TYPES[column.kind]) for column in report.columns),
            ]
        ),
        grain=grain,
        must_close=must_close,
        residual=residual,
        optional=optional,
        snapshot=isinstance(report, Edge),
    )


def _stream(
    name: str,
    description: str,
    *,
    grain: tuple[str, ...],
    must_close: tuple[str, ...] = (),
    residual: tuple[str, ...] = (),
) -> Stream:
    return stream_of(
        name, REPORTS[name], description, grain=grain, must_close=must_close, residual=residual
    )


STREAMS: Mapping[str, Stream] = {
    stream.name: stream
    for stream in (
        _stream("account", "Ad accounts: currency, time zone, status, business.", grain=()),
        _stream("campaign", "Campaigns that are not deleted.", grain=("campaign_id",)),
        _stream("ad_set", "Ad sets with the attribution windows they chose.", grain=("ad_set_id",)),
        _stream("ad", "Ads with the URL tags of their creative.", grain=("ad_id",)),
        _stream(
            "campaign_hour",
            "Delivery by campaign and hour of the account's day.",
            grain=("campaign_id", "hour"),
            must_close=DELIVERY,
        ),
        _stream(
            "campaign_day",
            "Delivery, estimated reach and actions by campaign, with a key per window.",
            grain=("campaign_id",),
            must_close=DELIVERY,
        ),
        _stream(
            "ad_day",
            "Delivery, estimated reach and actions by ad; deleted ads are missing here.",
            grain=("ad_id",),
            residual=DELIVERY,
        ),
        _stream(
            "account_day", "The account's own totals, to which the levels must add up.", grain=()
        ),
    )
}
