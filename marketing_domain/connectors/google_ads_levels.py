"""What Google Ads is asked below and beside its campaigns: words, pages, devices, places, people.

Belongs here: the reports of these levels, and the names of places. Does not: campaigns and ads
(google_ads_streams.py), sending and reading (google_ads.py), what a level leaves out (dbt).

None of them has hours, so their days are the account's own. Places are where people were
(`user_location_view`), never what they showed interest in (`geographic_view`). Ages and genders
cannot be crossed at Google.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from marketing_domain.connectors.google_ads_streams import (
    AD_GROUP_ID,
    CAMPAIGN_ID,
    CONVERTED,
    DAY,
    DELIVERED,
    DELIVERY,
    Column,
    Report,
    fields_of,
    stream_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared_policies.platform.streams import Stream

CONVERSIONS = next(column for column in CONVERTED if column.name == "conversions")
MEASURED = (*DELIVERED, CONVERSIONS)
CRITERION_ID = Column("criterion_id", "ad_group_criterion.criterion_id", "id")
# Names that the platform keeps apart from its facts: columns that a pull adds itself.
PLACE_NAMES = {"country_code": pa.string(), "region_name": pa.string()}


def _daily(resource: str, *columns: Column) -> Report:
    return Report(resource, (DAY, CAMPAIGN_ID, *columns, *MEASURED), dated=True)


REPORTS: Mapping[str, Report] = {
    "asset_group": Report(
        "asset_group",
        (
            CAMPAIGN_ID,
            *fields_of(
                "asset_group",
                ("asset_group_id", "id", "id"),
                ("asset_group_name", "name", "text"),
                ("status", "status", "enum"),
                ("final_url", "final_urls", "first"),
            ),
        ),
        dated=False,
    ),
    "asset_group_day": _daily("asset_group", Column("asset_group_id", "asset_group.id", "id")),
    "keyword_day": _daily(
        "keyword_view",
        AD_GROUP_ID,
        CRITERION_ID,
        *fields_of(
            "ad_group_criterion.keyword",
            ("keyword_text", "text", "text"),
            ("match_type", "match_type", "enum"),
        ),
    ),
    "search_term_day": _daily(
        "search_term_view",
        AD_GROUP_ID,
        *fields_of(
            "search_term_view", ("search_term", "search_term", "text"), ("status", "status", "enum")
        ),
    ),
    "landing_page_day": _daily(
        "landing_page_view", Column("page_url", "landing_page_view.unexpanded_final_url", "text")
    ),
    "device_day": _daily("campaign", Column("device", "segments.device", "enum")),
    "place_day": _daily(
        "user_location_view",
        *fields_of(
            "user_location_view",
            ("country_id", "country_criterion_id", "id"),
            ("is_targeted", "targeting_location", "flag"),
        ),
        Column("region_id", "segments.geo_target_region", "tail"),
    ),
    "age_day": _daily(
        "age_range_view",
        AD_GROUP_ID,
        CRITERION_ID,
        Column("age_range", "ad_group_criterion.age_range.type", "enum"),
    ),
    "gender_day": _daily(
        "gender_view",
        AD_GROUP_ID,
        CRITERION_ID,
        Column("gender", "ad_group_criterion.gender.type", "enum"),
    ),
}
STREAMS: Mapping[str, Stream] = {
    stream.name: stream
    for stream in (
        stream_of(
            "asset_group",
            REPORTS["asset_group"],
            "Asset groups of Performance Max with their first page.",
            grain=("asset_group_id",),
        ),
        stream_of(
            "asset_group_day",
            REPORTS["asset_group_day"],
            "Delivery and conversions by asset group; other kinds of campaigns are missing here.",
            grain=("campaign_id", "asset_group_id"),
            optional=True,
        ),
        stream_of(
            "keyword_day",
            REPORTS["keyword_day"],
            "Delivery and conversions by keyword; its id identifies it only inside its ad group.",
            grain=("ad_group_id", "criterion_id"),
        ),
        stream_of(
            "search_term_day",
            REPORTS["search_term_day"],
            "Delivery and conversions by what people typed; rare terms are missing here.",
            grain=("campaign_id", "ad_group_id", "search_term"),
        ),
        stream_of(
            "landing_page_day",
            REPORTS["landing_page_day"],
            "Delivery and conversions by page, its URL as the advertiser wrote it.",
            grain=("campaign_id", "page_url"),
            optional=True,
        ),
        stream_of(
            "device_day",
            REPORTS["device_day"],
            "Delivery and conversions by campaign and device.",
            grain=("campaign_id", "device"),
            must_close=DELIVERY,
            optional=True,
        ),
        stream_of(
            "place_day",
            REPORTS["place_day"],
            "Delivery and conversions by campaign, country and region in which people were.",
            grain=("campaign_id", "country_id", "region_id", "is_targeted"),
            also=PLACE_NAMES,
            optional=True,
        ),
        stream_of(
            "age_day",
            REPORTS["age_day"],
            "Delivery and conversions by ad group and age range, as Google infers it.",
            grain=("ad_group_id", "criterion_id"),
            optional=True,
        ),
        stream_of(
            "gender_day",
            REPORTS["gender_day"],
            "Delivery and conversions by ad group and gender, as Google infers it.",
            grain=("ad_group_id", "criterion_id"),
            optional=True,
        ),
    )
}


def with_place_names(rows: pa.Table, ask: Callable[[Report], pa.Table]) -> pa.Table:
    """`rows` of places with the names that the platform gives their ids; "" for no name."""
    ids = {*rows["country_id"].to_pylist(), *rows["region_id"].to_pylist()} - {"", "0"}
    targets = ask(_geo_targets(ids)).to_pylist() if ids else []
    codes = {one["id"]: one["country_code"] for one in targets}
    names = {one["id"]: one["name"] for one in targets}
    countries = [codes.get(one, "") for one in rows["country_id"].to_pylist()]
    regions = [names.get(one, "") for one in rows["region_id"].to_pylist()]
    named = rows.append_column("country_code", pa.array(countries, pa.string()))
    return named.append_column("region_name", pa.array(regions, pa.string()))


def _geo_targets(ids: set[str]) -> Report:
    return Report(
        "geo_target_constant",
        fields_of(
            "geo_target_constant",
            ("id", "id", "id"),
            ("name", "name", "text"),
            ("country_code", "country_code", "text"),
        ),
        dated=False,
        where=f"geo_target_constant.id IN ({', '.join(sorted(ids))})",
    )
