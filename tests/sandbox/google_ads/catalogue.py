"""Which fields exist and may be selected together.

Belongs here: the catalogue, read from the API's own message types. Does not: their values.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from google.ads.googleads.v26.services.types.google_ads_service import GoogleAdsRow

from tests.sandbox.google_ads.errors import Refusal

if TYPE_CHECKING:
    from google.protobuf.descriptor import FieldDescriptor

    from tests.sandbox.google_ads.gaql import Query

# What may be selected beside the resource in FROM: its attributed resources.
ATTRIBUTED = {
    "customer": (),
    "customer_client": ("customer",),
    "campaign": ("customer",),
    "ad_group": ("customer", "campaign"),
    "ad_group_ad": ("customer", "campaign", "ad_group"),
    "conversion_action": ("customer",),
    "keyword_view": ("customer", "campaign", "ad_group", "ad_group_criterion"),
    "search_term_view": ("customer", "campaign", "ad_group"),
    "asset_group": ("customer", "campaign"),
    "landing_page_view": ("customer", "campaign"),
    "user_location_view": ("customer", "campaign"),
    "age_range_view": ("customer", "campaign", "ad_group", "ad_group_criterion"),
    "gender_view": ("customer", "campaign", "ad_group", "ad_group_criterion"),
    "geo_target_constant": (),
}
# Levels whose days have no hours; only where people were has regions.
WITHOUT_HOURS = {
    "keyword_view",
    "search_term_view",
    "asset_group",
    "landing_page_view",
    "user_location_view",
    "age_range_view",
    "gender_view",
}
WITH_METRICS = {"customer", "campaign", "ad_group", "ad_group_ad", *WITHOUT_HOURS}
SEGMENTS = {
    "segments.date",
    "segments.hour",
    "segments.device",
    "segments.geo_target_region",
    "segments.conversion_action",
    "segments.conversion_action_name",
    "segments.conversion_action_category",
    "segments.conversion_lag_bucket",
    "segments.conversion_attribution_event_type",
}
CONVERSION_SEGMENTS = {name for name in SEGMENTS if "conversion" in name}
DELIVERY_METRICS = {"metrics.impressions", "metrics.clicks", "metrics.cost_micros"}


@cache
def descriptor(path: str) -> FieldDescriptor | None:
    """The field at `campaign.id` in a row, or None. GAQL's `type` is protobuf's `type_`."""
    message = GoogleAdsRow.pb(GoogleAdsRow()).DESCRIPTOR
    field = None
    for name in path.split("."):
        if message is None:
            return None
        field = message.fields_by_name.get(name) or message.fields_by_name.get(f"{name}_")
        if field is None:
            return None
        message = field.message_type
    return field


def known(path: str) -> FieldDescriptor:
    """Raises Refusal."""
    field = descriptor(path)
    if field is None or (field.message_type is not None and "." not in path):
        raise Refusal("query_error", "UNRECOGNIZED_FIELD", f"Unrecognized field: '{path}'.")
    return field


def selectable_with(path: str) -> list[str]:
    """The segments and metrics that may stand beside `path`."""
    if path in DELIVERY_METRICS:
        return sorted(SEGMENTS - CONVERSION_SEGMENTS)
    if path in CONVERSION_SEGMENTS:
        return sorted(f"metrics.{name}" for name in _fields_of("metrics") if "conversions" in name)
    if path in SEGMENTS:
        return sorted(f"metrics.{name}" for name in _fields_of("metrics"))
    return sorted(SEGMENTS) if path.startswith("metrics.") else []


def data_type(field: FieldDescriptor) -> str:
    """As the field service names it."""
    if field.enum_type is not None:
        return "ENUM"
    if field.message_type is not None:
        return "MESSAGE"
    kinds = {8: "BOOLEAN", 1: "DOUBLE", 2: "FLOAT", 5: "INT32", 3: "INT64", 9: "STRING"}
    return kinds.get(field.type, "UNKNOWN")


def selectable_from(resource: str) -> tuple[list[str], list[str], list[str]]:
    """(attributed resources, metrics, segments) that a query FROM `resource` may select."""
    attributed = list(ATTRIBUTED.get(resource, ()))
    if resource not in WITH_METRICS:
        return attributed, [], []
    return attributed, [f"metrics.{name}" for name in _fields_of("metrics")], sorted(SEGMENTS)


def search(query: str) -> list[str]:
    """Field names for the field service's own dialect: `SELECT … WHERE name = | IN | LIKE …`.

    Raises:
        Refusal: not that dialect.
    """
    asked = re.search(r"\bWHERE\s+name\s*(=|IN|LIKE)\s*\(?(.*?)\)?\s*$", query, re.IGNORECASE)
    if asked is None:
        raise Refusal("query_error", "EXPECTED_FROM", "Expected a condition on name.")
    wanted = re.findall(r"['\"]([^'\"]+)['\"]", asked.group(2))
    if asked.group(1).upper() != "LIKE":
        return [name for name in wanted if descriptor(name) is not None]
    head = wanted[0].split(".", maxsplit=1)[0]
    names = [f"{head}.{name}" for name in _fields_of(head)]
    return [name for name in names if name.startswith(wanted[0].rstrip("%"))]


def _fields_of(head: str) -> list[str]:
    field = descriptor(head)
    if field is None or field.message_type is None:
        return []
    return [one.name.rstrip("_") for one in field.message_type.fields]


def check(query: Query) -> None:
    """Raises Refusal for what the platform would not answer."""
    if query.resource not in ATTRIBUTED:
        raise Refusal(
            "query_error", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE", f"Bad resource '{query.resource}'."
        )
    named = [*query.select, *(condition.field for condition in query.where)]
    for path in named:
        _check_field(query, path)
    _check_combinations(query)
    _check_dates(query)


def _check_field(query: Query, path: str) -> None:
    known(path)
    head = path.split(".", maxsplit=1)[0]
    if head == "metrics" and query.resource not in WITH_METRICS:
        raise Refusal(
            "query_error",
            "PROHIBITED_METRIC_IN_SELECT_OR_WHERE_CLAUSE",
            f"Metrics may not be selected with {query.resource}.",
        )
    if head == "segments" and path not in _segments_of(query.resource):
        raise Refusal(
            "query_error",
            "PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE",
            f"Cannot select or filter on the following segments: '{path}'.",
        )
    if head not in {"metrics", "segments", query.resource, *ATTRIBUTED[query.resource]}:
        raise Refusal(
            "query_error",
            "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE",
            f"'{head}' is not attributed to {query.resource}.",
        )


def _segments_of(resource: str) -> set[str]:
    if resource == "user_location_view":
        return {"segments.date", "segments.geo_target_region"}
    if resource in WITHOUT_HOURS:
        return {"segments.date"}
    others = {"segments.geo_target_region"}
    if resource != "campaign":
        others.add("segments.device")
    return SEGMENTS - others if resource in WITH_METRICS else set()


def _check_combinations(query: Query) -> None:
    """Conversion segments split conversions only: clicks have no conversion action."""
    if CONVERSION_SEGMENTS & set(query.select) and DELIVERY_METRICS & set(query.select):
        raise Refusal(
            "query_error",
            "PROHIBITED_SEGMENT_WITH_METRIC_IN_SELECT_OR_WHERE_CLAUSE",
            "Cannot select conversion segments together with delivery metrics.",
        )
    if "segments.device" in query.select and set(query.select) & SEGMENTS - {
        "segments.device",
        "segments.date",
    }:
        raise Refusal(
            "query_error",
            "PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE",
            "The sandbox splits devices by day only.",
        )


def _check_dates(query: Query) -> None:
    for condition in query.where:
        if condition.field in SEGMENTS - {"segments.date"} and condition.field not in query.select:
            raise Refusal(
                "query_error",
                "EXPECTED_REFERENCED_FIELD_IN_SELECT_CLAUSE",
                f"'{condition.field}' must be selected to be filtered on.",
            )
    dated = {"segments.date", "segments.hour"} & set(query.select)
    bounded = [one for one in query.where if one.field == "segments.date"]
    if dated and not bounded:
        raise Refusal(
            "query_error", "EXPECTED_FILTERS_ON_DATE_RANGE", "A finite date range is required."
        )
