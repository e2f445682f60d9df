"""Google Ads below and beside its campaigns: keywords, search terms, pages, places, people.

Belongs here: what each view shows and leaves out. Does not: campaigns and ads (view.py).
Narrower than the platform: devices only of campaigns, and beside days no further segment.
Sources: reference of each view; support.google.com/google-ads/answer/2472708 on search terms that
too few people typed; answer/7498396 on landing pages.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.sandbox.google_ads import view
from tests.sandbox.google_ads.attribution import claims
from tests.sandbox.world.parts import KEYWORDS, Dimension, part_of, parted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.sandbox.google_ads.gaql import Query
    from tests.sandbox.google_ads.view import Row
    from tests.sandbox.world.delivery import Unit
    from tests.sandbox.world.hierarchy import AdAccount, Campaign
    from tests.sandbox.world.world import World

LEAST_IMPRESSIONS_OF_A_TERM = 12
MATCH_TYPES = ("EXACT", "PHRASE", "BROAD")
DEVICES = {
    "desktop": "DESKTOP",
    "android_phone": "MOBILE",
    "iphone": "MOBILE",
    "android_tablet": "TABLET",
    "ipad": "TABLET",
    "television": "CONNECTED_TV",
}
GEO_TARGETS = {
    2276: ("Germany", "DE", "Country"),
    2250: ("France", "FR", "Country"),
    2840: ("United States", "US", "Country"),
    2392: ("Japan", "JP", "Country"),
    2826: ("United Kingdom", "GB", "Country"),
    20226: ("Bavaria", "DE", "Region"),
    20228: ("Berlin", "DE", "Region"),
    20321: ("Ile-de-France", "FR", "Region"),
    21137: ("California", "US", "State"),
    21167: ("New York", "US", "State"),
    20636: ("Tokyo", "JP", "Prefecture"),
    20339: ("England", "GB", "Country"),
}
GEO_IDS = {(name, code): number for number, (name, code, _) in GEO_TARGETS.items()}
COUNTRY_IDS = {
    code: number for number, (_, code, _) in GEO_TARGETS.items() if 2000 <= number < 3000
}
AGE_CRITERIA = {
    "18-24": (503001, "AGE_RANGE_18_24"),
    "25-34": (503002, "AGE_RANGE_25_34"),
    "35-44": (503003, "AGE_RANGE_35_44"),
    "45-54": (503004, "AGE_RANGE_45_54"),
    "55-64": (503005, "AGE_RANGE_55_64"),
    "65+": (503006, "AGE_RANGE_65_UP"),
}
AGE_UNDETERMINED = (503999, "AGE_RANGE_UNDETERMINED")
GENDER_CRITERIA = {"male": (10, "MALE"), "female": (11, "FEMALE"), "": (20, "UNDETERMINED")}


@dataclass(frozen=True)
class Level:
    """`shows` gives the fields of a part, or None for what the view leaves out."""

    dimension: Dimension
    shows: Callable[[Unit, Any], Row | None]


def _keyword(unit: Unit, part: Any) -> Row | None:  # noqa: ANN401
    if unit.campaign.channel != "search" or part.keyword is None:
        return None
    # The same text has one id in all ad groups: it identifies nothing without its ad group.
    return {
        **_group(unit),
        "ad_group_criterion.criterion_id": 300_001 + part.keyword,
        "ad_group_criterion.keyword.text": KEYWORDS[part.keyword],
        "ad_group_criterion.keyword.match_type": MATCH_TYPES[part.keyword],
    }


def _search_term(unit: Unit, part: Any) -> Row | None:  # noqa: ANN401
    if unit.campaign.channel not in {"search", "shopping"}:
        return None
    return {
        **_group(unit),
        "search_term_view.search_term": part.typed,
        "search_term_view.status": "ADDED" if part.typed in KEYWORDS else "NONE",
    }


def _page(unit: Unit, part: Any) -> Row | None:  # noqa: ANN401
    if not part:
        return None
    if unit.ad is None:
        url = "https://shop.example/offers"
    elif part == "sitelink":
        tags = "utm_source=google&utm_campaign={campaignid}&utm_term={keyword}"
        url = f"https://shop.example/sale?{tags}"
    else:
        url = view.final_url(unit.ad)
    return {"landing_page_view.unexpanded_final_url": url}


def _place(unit: Unit, part: Any) -> Row | None:  # noqa: ANN401
    country, region = part
    if not country:
        return None
    return {
        "user_location_view.country_criterion_id": COUNTRY_IDS[country],
        "user_location_view.targeting_location": unit.campaign.base_name.startswith(country),
        "segments.geo_target_region": f"geoTargetConstants/{GEO_IDS[region, country]}",
    }


def _age(unit: Unit, part: Any) -> Row | None:  # noqa: ANN401
    criterion, name = AGE_CRITERIA.get(part[0], AGE_UNDETERMINED)
    fields: Row = {
        "ad_group_criterion.criterion_id": criterion,
        "ad_group_criterion.age_range.type": name,
    }
    return {**_group(unit), **fields} if unit.ad_group else None


def _gender(unit: Unit, part: Any) -> Row | None:  # noqa: ANN401
    criterion, name = GENDER_CRITERIA[part[1]]
    fields: Row = {
        "ad_group_criterion.criterion_id": criterion,
        "ad_group_criterion.gender.type": name,
    }
    return {**_group(unit), **fields} if unit.ad_group else None


def _asset_group(unit: Unit, part: Any) -> Row | None:  # noqa: ANN401
    if unit.campaign.channel != "performance_max":
        return None
    return _asset_group_row(unit.campaign, part)


def _group(unit: Unit) -> Row:
    return view.group_row(unit.ad_group) if unit.ad_group else {}


LEVELS: Mapping[str, Level] = {
    "keyword_view": Level("words", _keyword),
    "search_term_view": Level("words", _search_term),
    "landing_page_view": Level("page", _page),
    "user_location_view": Level("place", _place),
    "age_range_view": Level("person", _age),
    "gender_view": Level("person", _gender),
    "asset_group": Level("asset_group", _asset_group),
    "campaign": Level("device", lambda _, part: {"segments.device": DEVICES[part[1]]}),
}


def answers(query: Query) -> bool:
    """Whether `query` asks for one of these levels, and not for campaigns themselves."""
    if query.resource == "campaign":
        return "segments.device" in query.select
    return query.resource in {*LEVELS, "geo_target_constant"}


def report(world: World, account: AdAccount, query: Query, as_of: datetime) -> list[Row]:
    """The rows that the platform would answer, before only the selected fields are kept."""
    today = account.local_day(as_of)
    if query.resource == "geo_target_constant":
        return view.kept(_geo_targets(), query)
    if not any(name.startswith("metrics.") for name in query.select):
        return view.kept(_asset_groups(account, today), query)
    level = LEVELS[query.resource]
    start, end = view.dates(query, today)
    sums: dict[tuple[object, ...], dict[str, float]] = defaultdict(lambda: defaultdict(int))
    described: dict[tuple[object, ...], Row] = {}
    for unit, part, day, metrics in _facts(world, account, level.dimension, start, end, as_of):
        fields = level.shows(unit, part)
        if fields is None:
            continue
        key = (unit.campaign.campaign_id, day, *map(str, fields.values()))
        if key not in described:
            campaign = view.campaign_row(unit.campaign, today)
            segment = {"segments.date": day.isoformat()}
            described[key] = {**view.customer_row(account), **campaign, **segment, **fields}
        for name, amount in metrics.items():
            sums[key][name] += amount
    rows = [{**described[key], **total} for key, total in sums.items()]
    if query.resource == "search_term_view":
        rows = [row for row in rows if _typed_often(row)]
    asked = [name for name in query.select if name.startswith("metrics.")]
    return view.kept([row for row in rows if any(row.get(name) for name in asked)], query)


def _typed_often(row: Row) -> bool:
    return int(str(row.get("metrics.impressions", 0))) >= LEAST_IMPRESSIONS_OF_A_TERM


def _facts(
    world: World,
    account: AdAccount,
    dimension: Dimension,
    start: date,
    end: date,
    as_of: datetime,
) -> Iterator[tuple[Unit, object, date, Mapping[str, float]]]:
    for offset in range((end - start).days):
        day = start + timedelta(days=offset)
        for unit, part, cell in parted(world, account, dimension, day, as_of=as_of):
            yield (
                unit,
                part,
                day,
                {
                    "metrics.impressions": cell.impressions,
                    "metrics.clicks": cell.clicks,
                    "metrics.cost_micros": cell.cost_micros,
                },
            )
    for claim in claims(world, account, start, end, as_of):
        day = account.local_day(claim.interacted_at)
        if start <= day < end:
            part = part_of(world, dimension, claim.unit, day, claim.interacted_at)
            yield claim.unit, part, day, view.claim_metrics(claim, "")


def _asset_groups(account: AdAccount, today: date) -> list[Row]:
    return [
        {**view.campaign_row(campaign, today), **_asset_group_row(campaign, number)}
        for campaign in account.campaigns(today)
        if campaign.channel == "performance_max"
        for number in (1, 2)
    ]


def _asset_group_row(campaign: Campaign, number: int) -> Row:
    return {
        "asset_group.id": int(f"6{campaign.campaign_id[1:]}{number}"),
        "asset_group.name": f"{campaign.base_name} assets {number}",
        "asset_group.status": "ENABLED",
        "asset_group.final_urls": ["https://shop.example/offers"],
    }


def _geo_targets() -> list[Row]:
    return [
        {
            "geo_target_constant.id": number,
            "geo_target_constant.name": name,
            "geo_target_constant.country_code": code,
            "geo_target_constant.target_type": kind,
        }
        for number, (name, code, kind) in GEO_TARGETS.items()
    ]
