"""The company's Salesforce: leads that forms bring in, and what sales makes of them.

Belongs here: records and their states over time. Does not: SOQL, the wire (routes.py).

Every lead event of the world fills in a form. Its address's tags are stored in custom fields, as
companies do, now and then typed by hand. A lead may be merged into another, deleted, or converted
to an opportunity that moves through stages and is won or lost; amounts are changed later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from tests.sandbox.ledger.catalogue import OPENED
from tests.sandbox.world.randomness import generator
from tests.sandbox.world.web import last_click

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np

    from tests.sandbox.world.orders import Order
    from tests.sandbox.world.world import World

Record = dict[str, Any]
ORG_ID = "00D000000000001EAA"
CORPORATE_CURRENCY = "EUR"
CURRENCIES = ("EUR", "USD", "GBP")
STAGES = ("Qualification", "Proposal", "Negotiation")
WON, LOST = "Closed Won", "Closed Lost"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Stage:
    """From `at` on the opportunity stands there with that amount."""

    at: datetime
    name: str
    amount_cents: int


@dataclass(frozen=True)
class Deal:
    """A lead and its opportunity, for all time. `master` is the lead it was merged into."""

    number: int
    order: Order
    created_at: datetime
    deleted_at: datetime | None
    merged_at: datetime | None
    master: str | None
    converted_at: datetime | None
    currency: str
    stages: tuple[Stage, ...]
    by_hand: bool

    @property
    def lead_id(self) -> str:
        return _id("00Q", self.order.order_id)

    @property
    def opportunity_id(self) -> str:
        return _id("006", self.order.order_id)


def deals(world: World, until: datetime) -> Iterator[Deal]:
    """Of every lead event that had happened by `until`."""
    for deal in _every(world, until.astimezone(UTC).date().toordinal()):
        if deal.created_at <= until:
            yield deal


@lru_cache(maxsize=4)
def _every(world: World, last_ordinal: int) -> tuple[Deal, ...]:
    end = datetime.fromordinal(last_ordinal + 1).date()
    leads = sorted(
        (order for order in world.orders(OPENED, end) if order.event == "lead"),
        key=lambda order: (order.ordered_at, order.order_id),
    )
    found: list[Deal] = []
    for number, order in enumerate(leads):
        earlier = found[-1] if found else None
        found.append(_deal(world.seed, number, order, earlier))
    return tuple(found)


def _deal(seed: int, number: int, order: Order, earlier: Deal | None) -> Deal:
    draw = generator(seed, "salesforce", order.order_id)
    luck, days = draw.random(6), draw.uniform(0.2, 6.0, size=8)
    created = order.ordered_at + timedelta(seconds=40)
    mergeable = earlier is not None and earlier.master is None and earlier.deleted_at is None
    merged = created + days[0] * DAY if luck[0] < 0.06 and mergeable else None
    deleted = created + days[1] * DAY if merged is None and luck[1] < 0.05 else None
    gone = merged or deleted
    converted = created + days[2] * DAY if gone is None and luck[2] < 0.45 else None
    return Deal(
        number=number,
        order=order,
        created_at=created,
        deleted_at=deleted,
        merged_at=merged,
        master=earlier.lead_id if merged and earlier else None,
        converted_at=converted,
        currency=CURRENCIES[int(draw.integers(0, len(CURRENCIES)))],
        stages=_stages(draw, converted, days, luck) if converted else (),
        by_hand=bool(luck[5] < 0.15),
    )


def _stages(
    draw: np.random.Generator, begun: datetime, days: np.ndarray, luck: np.ndarray
) -> tuple[Stage, ...]:
    amount = int(draw.lognormal(13.0, 0.6)) // 100 * 100
    at, found = begun, []
    for position, name in enumerate(STAGES):
        found.append(Stage(at, name, amount))
        at += float(days[3 + position]) * DAY
        if luck[3] < 0.3 and position == 1:
            # A discount of a tenth, long after the amount was first written down.
            amount = amount * 9 // 10
    found.append(Stage(at, WON if luck[4] < 0.4 else LOST, amount))
    return tuple(found)


def leads(world: World, as_of: datetime) -> list[Record]:
    return [_lead(deal, as_of) for deal in deals(world, as_of)]


def _lead(deal: Deal, as_of: datetime) -> Record:
    gone = [at for at in (deal.deleted_at, deal.merged_at) if at and at <= as_of]
    converted = deal.converted_at if deal.converted_at and deal.converted_at <= as_of else None
    changed = max([deal.created_at, *gone, *([converted] if converted else [])])
    person = deal.order.client_id
    return {
        "Id": deal.lead_id,
        "CreatedDate": deal.created_at,
        "SystemModstamp": changed,
        "IsDeleted": bool(gone),
        "MasterRecordId": deal.master if deal.merged_at and gone else None,
        "Name": f"Person {person}",
        "Email": f"{person.lower()}@customers.example",
        "Company": f"Company {person}",
        "Status": "Closed - Converted" if converted else "Open - Not Contacted",
        "LeadSource": "Web",
        "IsConverted": converted is not None,
        "ConvertedDate": converted.date() if converted else None,
        "ConvertedOpportunityId": deal.opportunity_id if converted else None,
        "CurrencyIsoCode": deal.currency,
        **_tags(deal),
    }


def _tags(deal: Deal) -> Record:
    """What the form's hidden fields kept of the address; the last click's, if there was one."""
    click = last_click(deal.order)
    empty: Record = dict.fromkeys(
        ("UTM_Source__c", "UTM_Medium__c", "UTM_Campaign__c", "UTM_Id__c", "GAD_Campaign_Id__c")
    )
    if click is None:
        return empty
    campaign = click.unit.campaign
    if click.platform == "google_ads":
        return {
            **empty,
            "UTM_Source__c": "google",
            "UTM_Medium__c": "cpc",
            "GAD_Campaign_Id__c": campaign.campaign_id,
        }
    ad = campaign.ad_groups[0].ads[0]
    if not ad.utm_campaign:
        return empty
    return {
        **empty,
        "UTM_Source__c": "Facebook " if deal.by_hand else "facebook",
        "UTM_Medium__c": "paid_social",
        "UTM_Campaign__c": ad.utm_campaign.upper() if deal.by_hand else ad.utm_campaign,
        "UTM_Id__c": ad.utm_id or None,
    }


def opportunities(world: World, as_of: datetime) -> list[Record]:
    return [
        _opportunity(deal, as_of)
        for deal in deals(world, as_of)
        if deal.converted_at and deal.converted_at <= as_of
    ]


def _opportunity(deal: Deal, as_of: datetime) -> Record:
    stage = [one for one in deal.stages if one.at <= as_of][-1]
    closed = stage.name in {WON, LOST}
    closes = stage.at if closed else deal.stages[-1].at
    return {
        "Id": deal.opportunity_id,
        "CreatedDate": deal.converted_at,
        "SystemModstamp": stage.at,
        "IsDeleted": False,
        "Name": f"Deal {deal.order.client_id}",
        "StageName": stage.name,
        "Amount": stage.amount_cents / 100,
        "CurrencyIsoCode": deal.currency,
        "IsClosed": closed,
        "IsWon": stage.name == WON,
        "CloseDate": closes.date(),
        "LeadSource": "Web",
        "CampaignId": _id("701", "webinar") if deal.number % 4 == 0 else None,
    }


def history(world: World, as_of: datetime) -> list[Record]:
    return [
        {
            "Id": _id("008", f"{deal.order.order_id}-{position}"),
            "OpportunityId": deal.opportunity_id,
            "CreatedDate": stage.at,
            "SystemModstamp": stage.at,
            "IsDeleted": False,
            "StageName": stage.name,
            "Amount": stage.amount_cents / 100,
            "CurrencyIsoCode": deal.currency,
        }
        for deal in deals(world, as_of)
        for position, stage in enumerate(deal.stages)
        if stage.at <= as_of
    ]


def campaigns(_: World, as_of: datetime) -> list[Record]:
    opened = datetime(OPENED.year, OPENED.month, OPENED.day, 9, tzinfo=UTC)
    if as_of < opened:
        return []
    return [
        {
            "Id": _id("701", name),
            "CreatedDate": opened,
            "SystemModstamp": opened,
            "IsDeleted": False,
            "Name": f"{name.title()} 2026",
            "Type": name.title(),
            "Status": "In Progress",
            "IsActive": True,
        }
        for name in ("webinar", "newsletter")
    ]


def members(world: World, as_of: datetime) -> list[Record]:
    """Every fourth lead had seen the webinar."""
    return [
        {
            "Id": _id("00v", deal.order.order_id),
            "CreatedDate": deal.created_at,
            "SystemModstamp": deal.created_at,
            "IsDeleted": False,
            "CampaignId": _id("701", "webinar"),
            "LeadId": deal.lead_id,
            "Status": "Responded",
            "FirstRespondedDate": deal.created_at.date(),
        }
        for deal in deals(world, as_of)
        if deal.number % 4 == 0
    ]


def currencies(_: World, __: datetime) -> list[Record]:
    return [
        {"IsoCode": code, "IsCorporate": code == CORPORATE_CURRENCY, "ConversionRate": rate,
         "IsActive": True}
        for code, rate in (("EUR", 1.0), ("USD", 1.1), ("GBP", 0.85))
    ]  # fmt: skip


def organizations(_: World, __: datetime) -> list[Record]:
    return [{"Id": ORG_ID, "Name": "Aurora"}]


OBJECTS = {
    "Lead": leads,
    "Opportunity": opportunities,
    "OpportunityHistory": history,
    "Campaign": campaigns,
    "CampaignMember": members,
    "CurrencyType": currencies,
    "Organization": organizations,
}


def _id(prefix: str, key: str) -> str:
    """Eighteen characters, of which the first three say what it is."""
    digest = blake2b(key.encode(), digest_size=6).hexdigest().upper()
    return f"{prefix}{digest}EAA"
