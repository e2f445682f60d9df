"""What Meta is asked beside its campaigns and ads: creatives, devices, places, people.

Belongs here: the reports of these, field by field. Does not: campaigns and ads
(facebook_ads_streams.py), sending and reading (facebook_ads.py).

Meta calls values of breakdowns estimates, so they need not close: what they leave out is a residual
of the products. By region Meta tells no action that happened outside of it, so actions are not
asked for there: a part of the conversions under the name of all would be worse than none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketing_domain.connectors.facebook_ads_streams import (
    CAMPAIGN_ID,
    Column,
    Edge,
    Insights,
    stream_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared_policies.platform.streams import Stream

DELIVERED = (
    Column("impressions", "impressions", "count"),
    Column("outbound_clicks", "outbound_clicks", "clicks"),
    Column("spend", "spend", "money"),
)
ACTIONS = Column("actions", "actions", "actions")


def _broken_down(*breakdowns: str, further: tuple[Column, ...] = (ACTIONS,)) -> Insights:
    named = tuple(Column(name, name, "text") for name in breakdowns)
    return Insights("campaign", (CAMPAIGN_ID, *named, *DELIVERED, *further), breakdowns=breakdowns)


REPORTS: Mapping[str, Edge | Insights] = {
    "ad_creative": Edge(
        "ads",
        (
            Column("ad_id", "id", "text"),
            Column("creative_id", "creative.id", "text"),
            Column("creative_name", "creative.name", "text"),
            Column("url_tags", "creative.url_tags", "text"),
            Column("object_story_spec", "creative.object_story_spec", "json"),
        ),
    ),
    "device_day": _broken_down("publisher_platform", "impression_device"),
    "country_day": _broken_down("country"),
    "region_day": _broken_down("region", further=()),
    "age_gender_day": _broken_down("age", "gender"),
}
STREAMS: Mapping[str, Stream] = {
    stream.name: stream
    for stream in (
        stream_of(
            "ad_creative",
            REPORTS["ad_creative"],
            "Which creative an ad shows, with its link and URL tags.",
            grain=("ad_id",),
            optional=True,
        ),
        stream_of(
            "device_day",
            REPORTS["device_day"],
            "Delivery and actions by campaign, app and the device on which the ad was seen.",
            grain=("campaign_id", "publisher_platform", "impression_device"),
            optional=True,
        ),
        stream_of(
            "country_day",
            REPORTS["country_day"],
            "Delivery and actions by campaign and country.",
            grain=("campaign_id", "country"),
            optional=True,
        ),
        stream_of(
            "region_day",
            REPORTS["region_day"],
            "Delivery by campaign and region; Meta tells no outside action by region.",
            grain=("campaign_id", "region"),
            optional=True,
        ),
        stream_of(
            "age_gender_day",
            REPORTS["age_gender_day"],
            "Delivery and actions by campaign, age and gender, as people state them.",
            grain=("campaign_id", "age", "gender"),
            optional=True,
        ),
    )
}
