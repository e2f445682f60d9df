"""Google Ads' reports: rows as mappings from field path to value, from the world and its rules.

Belongs here: what each resource shows and how metrics are summed. Does not: the wire.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.sandbox.google_ads.attribution import actions, claims, lag_bucket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sandbox.google_ads.attribution import Claim
    from tests.sandbox.google_ads.gaql import Condition, Query
    from tests.sandbox.world.delivery import Unit
    from tests.sandbox.world.hierarchy import Ad, AdAccount, AdGroup, Campaign
    from tests.sandbox.world.world import World

CHANNEL_TYPES = {
    "search": "SEARCH",
    "shopping": "SHOPPING",
    "performance_max": "PERFORMANCE_MAX",
    "video": "VIDEO",
    "display": "DISPLAY",
}
CONTACTS = {"click": "INTERACTION", "engaged_view": "ENGAGED_VIEW", "view": "IMPRESSION"}
Row = dict[str, object]


def report(world: World, account: AdAccount, query: Query, as_of: datetime) -> list[Row]:
    """The rows that the platform would answer, before only the selected fields are kept."""
    asks_metrics = any(name.startswith("metrics.") for name in query.select)
    segmented = any(name.startswith("segments.") for name in query.select)
    entities = _entities(account, query.resource, account.local_day(as_of))
    if not asks_metrics and not segmented:
        rows = list(entities.values())
    else:
        rows = _with_metrics(world, account, query, as_of, entities)
    return kept(rows, query)


def kept(rows: list[Row], query: Query) -> list[Row]:
    """What conditions, order and limit leave."""
    found = [row for row in rows if all(_holds(one, row) for one in query.where)]
    for name, descending in reversed(query.order_by):
        found.sort(key=lambda row: str(row.get(name)), reverse=descending)
    return found[: query.limit] if query.limit is not None else found


def _with_metrics(
    world: World, account: AdAccount, query: Query, as_of: datetime, entities: dict[str, Row]
) -> list[Row]:
    start, end = dates(query, account.local_day(as_of))
    segments = [name for name in query.select if name.startswith("segments.")]
    sums: dict[tuple[object, ...], Row] = defaultdict(dict)
    facts = [*_delivered(world, account, start, end, as_of)]
    if any("conversions" in name for name in query.select):
        twins = any("by_conversion_date" in name for name in query.select)
        facts += _converted(world, account, start, end, as_of, twins=twins)
    for unit, split, metrics in facts:
        entity = _entity_id(query.resource, account, unit)
        if entity is None or not all(name in split for name in segments):
            continue
        total = sums[(entity, *(split[name] for name in segments))]
        for name, amount in metrics.items():
            total[name] = total.get(name, 0) + amount  # type: ignore[operator]
    selected = [name for name in query.select if name.startswith("metrics.")]
    rows = []
    for key, total in sums.items():
        if segments and not any(total.get(name) for name in selected):
            continue
        rows.append({**entities[str(key[0])], **dict(zip(segments, key[1:], strict=True)), **total})
    if not segments:
        active = {str(key[0]) for key in sums}
        rows += [row for entity, row in entities.items() if entity not in active]
    return rows


def _delivered(
    world: World, account: AdAccount, start: date, end: date, as_of: datetime
) -> Iterator[tuple[Unit, Row, dict[str, int]]]:
    for offset in range((end - start).days):
        day = start + timedelta(days=offset)
        shown = world.delivery(account, day, as_of=as_of)
        for index, unit in enumerate(shown.units):
            for column, (_, hour) in enumerate(shown.hours):
                impressions = int(shown.impressions[index, column])
                if impressions:
                    yield (
                        unit,
                        {"segments.date": day.isoformat(), "segments.hour": hour},
                        {
                            "metrics.impressions": impressions,
                            "metrics.clicks": int(shown.clicks[index, column]),
                            "metrics.cost_micros": int(shown.cost_micros[index, column]),
                        },
                    )


def _converted(
    world: World, account: AdAccount, start: date, end: date, as_of: datetime, *, twins: bool
) -> Iterator[tuple[Unit, Row, dict[str, float]]]:
    """Each claim on its interaction's date, and again on its conversion's date for the twins."""
    earlier = start - timedelta(days=42 if twins else 0)
    for claim in claims(world, account, earlier, end, as_of):
        action = claim.action
        split: Row = {
            "segments.conversion_action": f"customers/{account.account_id}/conversionActions/"
            f"{action.action_id}",
            "segments.conversion_action_name": action.name,
            "segments.conversion_action_category": action.category,
            "segments.conversion_lag_bucket": lag_bucket(claim.converted_at - claim.interacted_at),
            "segments.conversion_attribution_event_type": CONTACTS[claim.contact],
        }
        clicked = account.local_day(claim.interacted_at)
        converted = account.local_day(claim.converted_at)
        hours = account.hours(clicked)
        _, hour = hours[(claim.interacted_at - hours[0][0]) // timedelta(hours=1)]
        if start <= clicked < end:
            when: Row = {"segments.date": clicked.isoformat(), "segments.hour": hour}
            yield claim.unit, {**split, **when}, claim_metrics(claim, "")
        if start <= converted < end and not claim.view_through:
            when = {"segments.date": converted.isoformat()}
            twin = "_by_conversion_date"
            yield (
                claim.unit,
                {**split, **when},
                claim_metrics(claim, twin),
            )


def claim_metrics(claim: Claim, twin: str) -> dict[str, float]:
    # Google gives its comparable figure for a few kinds of campaigns only: videos here.
    comparable = {
        f"metrics.platform_comparable_conversions{twin}": claim.credit,
        f"metrics.platform_comparable_conversions_value{twin}": claim.value,
    }
    if not (claim.action.primary and claim.unit.campaign.channel == "video"):
        comparable = {}
    if claim.view_through:
        return {"metrics.view_through_conversions": 1, **comparable}
    found = {
        **comparable,
        f"metrics.all_conversions{twin}": claim.credit,
        f"metrics.all_conversions_value{twin}": claim.value,
    }
    if claim.action.primary:
        found[f"metrics.conversions{twin}"] = claim.credit
        found[f"metrics.conversions_value{twin}"] = claim.value
    return found


def _entity_id(resource: str, account: AdAccount, unit: Unit) -> str | None:
    if resource == "customer":
        return account.account_id
    if resource == "campaign":
        return unit.campaign.campaign_id
    if unit.ad is None or unit.ad_group is None:
        return None
    return unit.ad_group.ad_group_id if resource == "ad_group" else unit.ad.ad_id


def _entities(account: AdAccount, resource: str, today: date) -> dict[str, Row]:
    customer = customer_row(account)
    if resource == "customer":
        return {account.account_id: customer}
    if resource == "conversion_action":
        return {str(one.action_id): _action_row(one, customer) for one in actions(account)}
    found: dict[str, Row] = {}
    for campaign in account.campaigns(today):
        row = {**customer, **campaign_row(campaign, today)}
        if resource == "campaign":
            found[campaign.campaign_id] = row
            continue
        for group in campaign.ad_groups if campaign.reports_ads else ():
            of_group = {**row, **group_row(group)}
            if resource == "ad_group":
                found[group.ad_group_id] = of_group
                continue
            for ad in group.ads:
                found[ad.ad_id] = {
                    **of_group,
                    "ad_group_ad.ad.id": int(ad.ad_id),
                    "ad_group_ad.ad.name": ad.name,
                    "ad_group_ad.ad.type": "RESPONSIVE_SEARCH_AD",
                    "ad_group_ad.ad.final_urls": [final_url(ad)],
                    "ad_group_ad.status": row["campaign.status"],
                }
    return found


def group_row(group: AdGroup) -> Row:
    return {
        "ad_group.id": int(group.ad_group_id),
        "ad_group.name": group.name,
        "ad_group.status": "ENABLED",
        "ad_group.type": "SEARCH_STANDARD",
    }


def final_url(ad: Ad) -> str:
    tags = f"utm_source=google&utm_medium=cpc&utm_campaign={ad.utm_campaign}"
    return f"https://shop.example/?{tags}"


def customer_row(account: AdAccount) -> Row:
    return {
        "customer.resource_name": f"customers/{account.account_id}",
        "customer.id": int(account.account_id),
        "customer.descriptive_name": account.name,
        "customer.currency_code": account.currency,
        "customer.time_zone": account.time_zone,
        "customer.status": "ENABLED",
        "customer.manager": False,
        "customer.test_account": True,
        "customer.auto_tagging_enabled": True,
    }


def campaign_row(campaign: Campaign, today: date) -> Row:
    status = "ENABLED" if campaign.delivers_on(today) else "PAUSED"
    row: Row = {
        "campaign.id": int(campaign.campaign_id),
        "campaign.name": campaign.name_at(today),
        "campaign.status": "REMOVED" if campaign.removed_at(today) else status,
        "campaign.advertising_channel_type": CHANNEL_TYPES[campaign.channel],
        "campaign.advertising_channel_sub_type": "UNSPECIFIED",
        "campaign.bidding_strategy_type": "MAXIMIZE_CONVERSIONS",
        "campaign.start_date_time": f"{campaign.starts} 00:00:00",
        "campaign.tracking_url_template": "",
        "campaign.final_url_suffix": "",
    }
    if campaign.ends is not None:
        row["campaign.end_date_time"] = f"{campaign.ends} 23:59:59"
    return row


def _action_row(action: Any, customer: Row) -> Row:  # noqa: ANN401
    return {
        **customer,
        "conversion_action.id": action.action_id,
        "conversion_action.name": action.name,
        "conversion_action.category": action.category,
        "conversion_action.origin": "WEBSITE",
        "conversion_action.status": "ENABLED",
        "conversion_action.type": "WEBPAGE",
        "conversion_action.counting_type": action.counting,
        "conversion_action.click_through_lookback_window_days": action.click_window_days,
        "conversion_action.view_through_lookback_window_days": 1,
        "conversion_action.attribution_model_settings.attribution_model": action.model,
        "conversion_action.primary_for_goal": action.primary,
        "conversion_action.include_in_conversions_metric": action.primary,
    }


def dates(query: Query, today: date) -> tuple[date, date]:
    """The half-open range of days that the query's conditions leave."""
    start, end = date(2023, 1, 1), today + timedelta(days=1)
    for condition in query.where:
        if condition.field != "segments.date":
            continue
        days = [date.fromisoformat(value) for value in condition.values if value[:1].isdigit()]
        if condition.operator in {">=", "=", "BETWEEN"}:
            start = max(start, days[0])
        if condition.operator == ">":
            start = max(start, days[0] + timedelta(days=1))
        if condition.operator in {"<=", "=", "BETWEEN"}:
            end = min(end, days[-1] + timedelta(days=1))
        if condition.operator == "<":
            end = min(end, days[-1])
        if condition.operator == "DURING":
            back = {"YESTERDAY": 1, "LAST_7_DAYS": 7, "LAST_30_DAYS": 30}[condition.values[0]]
            start, end = max(start, today - timedelta(days=back)), min(end, today)
    return start, max(start, end)


def _holds(condition: Condition, row: Row) -> bool:
    value = row.get(condition.field)
    if condition.operator in {"BETWEEN", "DURING"} and condition.field == "segments.date":
        return True
    if isinstance(value, bool):
        value = str(value).upper()
        return _compare(condition.operator, value, tuple(v.upper() for v in condition.values))
    if isinstance(value, int | float):
        numbers = tuple(float(one) for one in condition.values)
        return _compare(condition.operator, float(value), numbers)
    return _compare(condition.operator, value, condition.values)


def _compare(operator: str, value: Any, wanted: tuple[Any, ...]) -> bool:  # noqa: ANN401
    tests: dict[str, Callable[[], bool]] = {
        "=": lambda: value == wanted[0],
        "!=": lambda: value != wanted[0],
        "<": lambda: value < wanted[0],
        "<=": lambda: value <= wanted[0],
        ">": lambda: value > wanted[0],
        ">=": lambda: value >= wanted[0],
        "IN": lambda: value in wanted,
        "NOT IN": lambda: value not in wanted,
        "BETWEEN": lambda: wanted[0] <= value <= wanted[1],
        "LIKE": lambda: str(wanted[0]).strip("%") in str(value),
        "IS NULL": lambda: value is None,
        "IS NOT NULL": lambda: value is not None,
    }
    return tests[operator]()
