"""What Google Ads is asked: the reports, field by field, and the streams that they make.

Belongs here: GAQL's names and ours, side by side. Does not: sending and reading (google_ads.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from marketing_domain.connectors.google_ads_client import SOURCE
from shared_policies.platform.streams import Stream

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["id", "tail", "text", "enum", "whole", "fraction", "flag", "first", "day"]
TYPES: Mapping[Kind, pa.DataType] = {
    "id": pa.string(),
    "tail": pa.string(),
    "text": pa.string(),
    "enum": pa.string(),
    "whole": pa.int64(),
    "fraction": pa.float64(),
    "flag": pa.bool_(),
    "first": pa.string(),
    "day": pa.date32(),
}
DELIVERY = ("impressions", "clicks", "cost_micros")


@dataclass(frozen=True, slots=True)
class Column:
    """`path` is the field's name in GAQL.

    `tail` is the id at the end of a resource name, `first` the first of a list, or "".
    """

    name: str
    path: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Report:
    """What a stream asks: `resource` is GAQL's FROM; dated reports are asked by day.

    `where` is a condition in GAQL, of reports that are not.
    """

    resource: str
    columns: tuple[Column, ...]
    dated: bool
    where: str = ""


DAY = Column("account_day", "segments.date", "day")
CAMPAIGN_ID = Column("campaign_id", "campaign.id", "id")
AD_GROUP_ID = Column("ad_group_id", "ad_group.id", "id")
AD_ID = Column("ad_id", "ad_group_ad.ad.id", "id")
DELIVERED = tuple(Column(name, f"metrics.{name}", "whole") for name in DELIVERY)
CONVERTED = tuple(
    Column(name, f"metrics.{name}", "fraction")
    for name in ("conversions", "conversions_value", "all_conversions", "all_conversions_value")
)
VIEWED = Column("view_through_conversions", "metrics.view_through_conversions", "whole")
COMPARABLE = tuple(
    Column(name, f"metrics.{name}", "fraction")
    for name in ("platform_comparable_conversions", "platform_comparable_conversions_value")
)
PERFORMANCE = (*DELIVERED, *CONVERTED, VIEWED)
# The same conversions on the day on which they happened.
CONVERTED_BY_DATE = tuple(
    Column(column.name, f"{column.path}_by_conversion_date", "fraction") for column in CONVERTED
)


def fields_of(resource: str, *fields: tuple[str, str, Kind]) -> tuple[Column, ...]:
    return tuple(Column(name, f"{resource}.{path}", kind) for name, path, kind in fields)


CONVERSION_SPLIT = fields_of(
    "segments",
    ("conversion_action_id", "conversion_action", "tail"),
    ("conversion_action_name", "conversion_action_name", "text"),
    ("conversion_action_category", "conversion_action_category", "enum"),
    ("lag_bucket", "conversion_lag_bucket", "enum"),
    ("contact", "conversion_attribution_event_type", "enum"),
)
REPORTS: Mapping[str, Report] = {
    "account": Report(
        "customer",
        fields_of(
            "customer",
            ("account_name", "descriptive_name", "text"),
            ("currency_code", "currency_code", "text"),
            ("time_zone", "time_zone", "text"),
            ("status", "status", "enum"),
            ("test_account", "test_account", "flag"),
            ("auto_tagging_enabled", "auto_tagging_enabled", "flag"),
        ),
        dated=False,
    ),
    "campaign": Report(
        "campaign",
        fields_of(
            "campaign",
            ("campaign_id", "id", "id"),
            ("campaign_name", "name", "text"),
            ("status", "status", "enum"),
            ("channel_type", "advertising_channel_type", "enum"),
            ("channel_sub_type", "advertising_channel_sub_type", "enum"),
            ("bidding_strategy_type", "bidding_strategy_type", "enum"),
            ("start_date", "start_date_time", "text"),
            ("end_date", "end_date_time", "text"),
            ("tracking_url_template", "tracking_url_template", "text"),
            ("final_url_suffix", "final_url_suffix", "text"),
        ),
        dated=False,
    ),
    "ad_group": Report(
        "ad_group",
        (
            AD_GROUP_ID,
            CAMPAIGN_ID,
            *fields_of(
                "ad_group",
                ("ad_group_name", "name", "text"),
                ("status", "status", "enum"),
                ("type", "type", "enum"),
            ),
        ),
        dated=False,
    ),
    "ad": Report(
        "ad_group_ad",
        (
            AD_GROUP_ID,
            CAMPAIGN_ID,
            *fields_of(
                "ad_group_ad",
                ("ad_id", "ad.id", "id"),
                ("ad_name", "ad.name", "text"),
                ("status", "status", "enum"),
                ("type", "ad.type", "enum"),
                ("final_url", "ad.final_urls", "first"),
            ),
        ),
        dated=False,
    ),
    "conversion_action": Report(
        "conversion_action",
        fields_of(
            "conversion_action",
            ("conversion_action_id", "id", "id"),
            ("conversion_action_name", "name", "text"),
            ("category", "category", "enum"),
            ("origin", "origin", "enum"),
            ("status", "status", "enum"),
            ("type", "type", "enum"),
            ("counting_type", "counting_type", "enum"),
            ("click_window_days", "click_through_lookback_window_days", "whole"),
            ("view_window_days", "view_through_lookback_window_days", "whole"),
            ("attribution_model", "attribution_model_settings.attribution_model", "enum"),
            ("primary_for_goal", "primary_for_goal", "flag"),
            ("include_in_conversions_metric", "include_in_conversions_metric", "flag"),
        ),
        dated=False,
    ),
    "campaign_hour": Report(
        "campaign",
        (DAY, CAMPAIGN_ID, Column("hour", "segments.hour", "whole"), *DELIVERED),
        dated=True,
    ),
    "campaign_day": Report("campaign", (DAY, CAMPAIGN_ID, *PERFORMANCE, *COMPARABLE), dated=True),
    "ad_day": Report(
        "ad_group_ad", (DAY, CAMPAIGN_ID, AD_GROUP_ID, AD_ID, *PERFORMANCE), dated=True
    ),
    "campaign_conversion": Report(
        "campaign", (DAY, CAMPAIGN_ID, *CONVERSION_SPLIT, *CONVERTED), dated=True
    ),
    "campaign_conversion_by_date": Report(
        "campaign", (DAY, CAMPAIGN_ID, *CONVERSION_SPLIT, *CONVERTED_BY_DATE), dated=True
    ),
    "account_day": Report("customer", (DAY, *PERFORMANCE), dated=True),
}
CONTROL = Report("customer", (DAY, *DELIVERED), dated=True)


def stream_of(
    name: str,
    report: Report,
    description: str,
    *,
    grain: tuple[str, ...],
    must_close: tuple[str, ...] = (),
    residual: tuple[str, ...] = (),
    optional: bool = False,
    also: Mapping[str, pa.DataType] = MappingProxyType({}),
) -> Stream:
    """The stream that `report` makes; the pull itself adds the columns `also`."""
    columns = [column for column in report.columns if column is not DAY]
    return Stream(
        source=SOURCE,
        name=name,
        description=description,
        schema=pa.schema(
            [
                ("account_id", pa.string()),
                ("account_day", pa.date32()),
                *((column.name, TYPES[column.kind]) for column in columns),
                *also.items(),
            ]
        ),
        grain=grain,
        must_close=must_close,
        residual=residual,
        optional=optional,
        snapshot=not report.dated,
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
        _stream("account", "Ad accounts: currency, time zone, status.", grain=()),
        _stream(
            "campaign", "Campaigns and their settings, removed ones too.", grain=("campaign_id",)
        ),
        _stream("ad_group", "Ad groups, removed ones too.", grain=("ad_group_id",)),
        _stream("ad", "Ads; an id is unique inside its ad group.", grain=("ad_group_id", "ad_id")),
        _stream(
            "conversion_action",
            "What the account counts as a conversion, with its windows and counting.",
            grain=("conversion_action_id",),
        ),
        _stream(
            "campaign_hour",
            "Impressions, billed clicks and cost by campaign and hour of the account's day.",
            grain=("campaign_id", "hour"),
            must_close=DELIVERY,
        ),
        _stream(
            "campaign_day",
            "Delivery and conversions by campaign, conversions on the day of the interaction.",
            grain=("campaign_id",),
            must_close=DELIVERY,
        ),
        _stream(
            "ad_day",
            "Delivery and conversions by ad; campaigns without ads are missing here.",
            grain=("ad_group_id", "ad_id"),
            residual=DELIVERY,
        ),
        _stream(
            "campaign_conversion",
            "Conversions by campaign, conversion action, kind of contact and days from the contact "
            "to the conversion, on the day of the contact.",
            grain=("campaign_id", "conversion_action_id", "lag_bucket", "contact"),
        ),
        _stream(
            "campaign_conversion_by_date",
            "The same conversions on the day on which they happened.",
            grain=("campaign_id", "conversion_action_id", "lag_bucket", "contact"),
        ),
        _stream(
            "account_day", "The account's own totals, to which the levels must add up.", grain=()
        ),
    )
}
