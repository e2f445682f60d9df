"""Meta's insights: rows as the Graph words them, from the world and Meta's rules.

Belongs here: levels, breakdowns, action types, strings. Does not: paging and errors (routes.py).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from tests.sandbox.facebook_ads.attribution import claims
from tests.sandbox.facebook_ads.breakdowns import (
    HOURLY,
    WITHOUT_OUTSIDE_ACTIONS,
    dimension_of,
    values_of,
)
from tests.sandbox.world.parts import part_of, parted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sandbox.facebook_ads.attribution import Claim
    from tests.sandbox.world.delivery import Unit
    from tests.sandbox.world.hierarchy import AdAccount
    from tests.sandbox.world.world import World

REACH_SHARE = {"account": 0.5, "campaign": 0.62, "adset": 0.7, "ad": 0.78}
PIXEL_PURCHASE = "offsite_conversion.fb_pixel_purchase"
PURCHASE_TYPES = ("purchase", "omni_purchase", PIXEL_PURCHASE)
LEAD_TYPES = ("lead", "onsite_conversion.lead_grouped")
FIELDS = {
    "account_id", "account_name", "account_currency", "campaign_id", "campaign_name", "adset_id",
    "adset_name", "ad_id", "ad_name", "objective", "date_start", "date_stop", "spend",
    "impressions", "clicks", "inline_link_clicks", "outbound_clicks", "reach", "frequency",
    "actions", "action_values",
}  # fmt: skip
Row = dict[str, object]
# An hour, or the values of breakdowns by their names.
Part = int | tuple[tuple[str, str], ...]
Key = tuple[str, date, Part]  # the first is an entity


@dataclass(frozen=True)
class Question:
    level: str
    fields: tuple[str, ...]
    start: date
    end: date
    daily: bool
    breakdowns: tuple[str, ...]
    windows: tuple[str, ...]

    @property
    def hourly(self) -> bool:
        return self.breakdowns == (HOURLY,)


@dataclass
class _Sum:
    unit: Unit
    impressions: int = 0
    clicks: int = 0
    inline: int = 0
    all_clicks: int = 0
    cost_micros: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    values: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


@lru_cache(maxsize=16)
def insights(world: World, account: AdAccount, asked: Question, as_of: datetime) -> tuple[Row, ...]:
    """Rows in no order that a client may rely on, as at the platform. Pages ask again and again."""
    sums: dict[Key, _Sum] = {}
    delivered = _delivered if dimension_of(asked.breakdowns) is None else _broken_down
    for day, part, unit, cell in delivered(world, account, asked, as_of):
        total = _total(sums, asked, unit, day, part)
        total.impressions += cell[0]
        total.clicks += cell[1]
        total.inline += cell[2]
        total.all_clicks += cell[3]
        total.cost_micros += cell[4]
        _count_clicks(total, cell)
    if {"actions", "action_values"} & set(asked.fields) and not asked.hourly:
        for claim in claims(world, account, asked.start, asked.end, as_of):
            if claim.event == "purchase" and WITHOUT_OUTSIDE_ACTIONS & set(asked.breakdowns):
                continue
            part = _part_of_claim(world, asked, claim)
            _count_claim(account, _total(sums, asked, claim.unit, claim.day, part), claim)
    today = account.local_day(as_of)
    return tuple(
        _row(account, asked, total, key, today)
        for key, total in sums.items()
        if not (asked.level in {"ad", "adset"} and total.unit.campaign.removed_at(today))
    )


def _delivered(
    world: World, account: AdAccount, asked: Question, as_of: datetime
) -> Iterator[tuple[date, int, Unit, tuple[int, ...]]]:
    for offset in range((asked.end - asked.start).days):
        day = asked.start + timedelta(days=offset)
        shown = world.delivery(account, day, as_of=as_of)
        inline = shown.clicks + shown.other_clicks // 4
        columns = (
            shown.impressions,
            shown.clicks,
            inline,
            shown.clicks + shown.other_clicks,
            shown.cost_micros,
        )
        for index, unit in enumerate(shown.units):
            if asked.hourly:
                for column, (_, hour) in enumerate(shown.hours):
                    if shown.impressions[index, column]:
                        yield day, hour, unit, tuple(int(one[index, column]) for one in columns)
            elif shown.impressions[index].any():
                yield day, 0, unit, tuple(int(one[index].sum()) for one in columns)


def _broken_down(
    world: World, account: AdAccount, asked: Question, as_of: datetime
) -> Iterator[tuple[date, Part, Unit, tuple[int, ...]]]:
    dimension = dimension_of(asked.breakdowns)
    assert dimension is not None
    for offset in range((asked.end - asked.start).days):
        day = asked.start + timedelta(days=offset)
        for unit, part, cell in parted(world, account, dimension, day, as_of=as_of):
            clicks = cell.clicks + cell.extra_clicks
            inline = cell.clicks + cell.extra_clicks // 4
            figures = (cell.impressions, cell.clicks, inline, clicks, cell.cost_micros)
            yield day, values_of(asked.breakdowns, part), unit, figures


def _part_of_claim(world: World, asked: Question, claim: Claim) -> Part:
    dimension = dimension_of(asked.breakdowns)
    if dimension is None:
        return 0
    part = part_of(world, dimension, claim.unit, claim.day, claim.touched_at)
    return values_of(asked.breakdowns, part)


def _total(
    sums: dict[Key, _Sum],
    asked: Question,
    unit: Unit,
    day: date,
    part: Part,
) -> _Sum:
    key = (_entity(asked.level, unit), day if asked.daily else asked.start, part)
    return sums.setdefault(key, _Sum(unit))


def _entity(level: str, unit: Unit) -> str:
    if level == "account" or unit.ad is None or unit.ad_group is None:
        return "account"
    names = {
        "campaign": unit.campaign.campaign_id,
        "adset": unit.ad_group.ad_group_id,
        "ad": unit.ad.ad_id,
    }
    return names[level]


def _count_clicks(total: _Sum, cell: tuple[int, ...]) -> None:
    clicked = {"link_click": cell[2], "landing_page_view": cell[1] * 4 // 5}
    for action, count in {**clicked, "post_engagement": cell[3]}.items():
        for key in ("value", "1d_click", "7d_click", "28d_click"):
            total.counts[action][key] += count


def action_types(account: AdAccount, event: str) -> tuple[str, ...]:
    """Under which names the account counts an event; not every one has the omni name."""
    if event == "lead":
        return LEAD_TYPES
    return ("purchase", PIXEL_PURCHASE) if account.position % 4 == 2 else PURCHASE_TYPES


def _count_claim(account: AdAccount, total: _Sum, claim: Claim) -> None:
    for action in action_types(account, claim.event):
        if action == PIXEL_PURCHASE and not claim.by_pixel:
            continue
        for key in [*claim.windows, *(["value"] if claim.by_default else [])]:
            total.counts[action][key] += 1
            total.values[action][key] += claim.value_minor


def _row(account: AdAccount, asked: Question, total: _Sum, key: Key, today: date) -> Row:
    _, day, part = key
    unit = total.unit
    shown: Row = {
        "account_id": account.account_id,
        "account_name": account.name,
        "account_currency": account.currency,
        "date_start": day.isoformat(),
        "date_stop": (day if asked.daily else asked.end - timedelta(days=1)).isoformat(),
        "impressions": str(total.impressions),
        "spend": money(total.cost_micros // account.minor_unit_micros, account),
        **_entity_names(asked.level, unit, today),
        **_when_not_zero(asked, total),
        "actions": _stats(total.counts, asked.windows, str),
        "action_values": _stats(total.values, asked.windows, lambda minor: money(minor, account)),
    }
    row: Row = {
        name: shown[name]
        for name in (*asked.fields, "date_start", "date_stop")
        if shown.get(name) not in (None, [])
    }
    if isinstance(part, tuple):
        return {**row, **dict(part)}
    if asked.hourly:
        row[HOURLY] = f"{part:02d}:00:00 - {part:02d}:59:59"
    return row


def _when_not_zero(asked: Question, total: _Sum) -> Row:
    """Click columns and reach are absent where nothing happened."""
    found: Row = {}
    if total.all_clicks:
        found["clicks"] = str(total.all_clicks)
    if total.inline:
        found["inline_link_clicks"] = str(total.inline)
    if total.clicks:
        found["outbound_clicks"] = [{"action_type": "outbound_click", "value": str(total.clicks)}]
    if total.impressions:
        reach = max(1, round(total.impressions * REACH_SHARE[asked.level]))
        found["reach"] = str(reach)
        found["frequency"] = f"{total.impressions / reach:.6f}"
    return found


def _entity_names(level: str, unit: Unit, today: date) -> Row:
    found: Row = {}
    if level != "account":
        found["campaign_id"] = unit.campaign.campaign_id
        found["campaign_name"] = unit.campaign.name_at(today)
        found["objective"] = OBJECTIVES[unit.campaign.event]
    if level in {"adset", "ad"} and unit.ad_group is not None:
        found["adset_id"] = unit.ad_group.ad_group_id
        found["adset_name"] = unit.ad_group.name
    if level == "ad" and unit.ad is not None:
        found["ad_id"] = unit.ad.ad_id
        found["ad_name"] = unit.ad.name
    return found


OBJECTIVES = {"purchase": "OUTCOME_SALES", "lead": "OUTCOME_LEADS"}


def _stats(
    counts: dict[str, Counter[str]], windows: tuple[str, ...], word: Callable[[int], str]
) -> list[Row]:
    """An action is there if a key asked for is; a key is there if it is not zero."""
    found = []
    for action, by_key in sorted(counts.items()):
        keys = {key: word(by_key[key]) for key in ("value", *windows) if by_key[key]}
        if keys:
            found.append({"action_type": action, **keys})
    return found


def money(minor: int, account: AdAccount) -> str:
    """Meta writes "12.34", and "1500" in a currency without minor units."""
    if account.minor_unit_micros == 1_000_000:
        return str(minor)
    return str(Decimal(minor).scaleb(-2)) if minor else "0"
