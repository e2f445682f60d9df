"""What Salesforce is asked: objects, field by field, and the streams that they make.

Belongs here: Salesforce's names and ours, side by side. Does not: sending and reading
(salesforce.py).

An account is an org, a slice the records of an object whose latest change was on one day in UTC.
A record that changes again stands on a later day too; the newest version is the one that holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pyarrow as pa

from shared_policies.platform.streams import Stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared_policies.platform.privacy import Treatment

SOURCE = "salesforce"
Kind = Literal["text", "flag", "number", "instant", "day"]
NUMBER = pa.decimal128(24, 6)
TYPES: Mapping[Kind, pa.DataType] = {
    "text": pa.string(),
    "flag": pa.bool_(),
    "number": NUMBER,
    "instant": pa.timestamp("us", tz="UTC"),
    "day": pa.date32(),
}
CHANGED = "SystemModstamp"


@dataclass(frozen=True, slots=True)
class Column:
    """`field` is Salesforce's name. One that `may_lack` is empty where the org has none."""

    name: str
    field: str
    kind: Kind
    may_lack: bool = False


@dataclass(frozen=True, slots=True)
class Object:
    """`custom` names the columns whose field every company calls as it likes."""

    name: str
    columns: tuple[Column, ...]
    custom: tuple[str, ...] = ()
    personal: tuple[tuple[str, Treatment], ...] = ()


ALWAYS = (
    Column("record_id", "Id", "text"),
    Column("created_at", "CreatedDate", "instant"),
    Column("modified_at", CHANGED, "instant"),
    Column("is_deleted", "IsDeleted", "flag"),
)
# Only orgs with several currencies have it.
CURRENCY = Column("currency", "CurrencyIsoCode", "text", may_lack=True)
# Where a lead came from: fields of the company's own. Source of the defaults: the names that
# Salesforce's own tracking packages and most web-to-lead forms give them.
ORIGIN = tuple(
    Column(name, field, "text", may_lack=True)
    for name, field in (
        ("utm_source", "UTM_Source__c"),
        ("utm_medium", "UTM_Medium__c"),
        ("utm_campaign", "UTM_Campaign__c"),
        ("utm_id", "UTM_Id__c"),
        ("google_ads_campaign_id", "GAD_Campaign_Id__c"),
    )
)
OBJECTS: Mapping[str, Object] = {
    "lead": Object(
        "Lead",
        (
            *ALWAYS,
            Column("master_record_id", "MasterRecordId", "text"),
            Column("email", "Email", "text"),
            Column("status", "Status", "text"),
            Column("lead_source", "LeadSource", "text"),
            Column("is_converted", "IsConverted", "flag"),
            Column("converted_on", "ConvertedDate", "day"),
            Column("opportunity_id", "ConvertedOpportunityId", "text"),
            *ORIGIN,
        ),
        custom=tuple(column.name for column in ORIGIN),
        # Hashed alike wherever a lead is named, so that what belongs together stays together.
        personal=(("email", "hash"), ("record_id", "hash"), ("master_record_id", "hash")),
    ),
    "opportunity": Object(
        "Opportunity",
        (
            *ALWAYS,
            Column("stage", "StageName", "text"),
            Column("amount", "Amount", "number"),
            CURRENCY,
            Column("is_closed", "IsClosed", "flag"),
            Column("is_won", "IsWon", "flag"),
            Column("close_date", "CloseDate", "day"),
            Column("lead_source", "LeadSource", "text"),
            Column("crm_campaign_id", "CampaignId", "text"),
        ),
    ),
    "opportunity_history": Object(
        "OpportunityHistory",
        (
            *ALWAYS,
            Column("opportunity_id", "OpportunityId", "text"),
            Column("stage", "StageName", "text"),
            Column("amount", "Amount", "number"),
            CURRENCY,
        ),
    ),
    "campaign": Object(
        "Campaign",
        (
            *ALWAYS,
            Column("campaign_name", "Name", "text"),
            Column("type", "Type", "text"),
            Column("status", "Status", "text"),
            Column("is_active", "IsActive", "flag"),
        ),
    ),
    "campaign_member": Object(
        "CampaignMember",
        (
            *ALWAYS,
            Column("crm_campaign_id", "CampaignId", "text"),
            Column("lead_id", "LeadId", "text"),
            Column("status", "Status", "text"),
            Column("responded_on", "FirstRespondedDate", "day"),
        ),
        personal=(("lead_id", "hash"),),
    ),
}
DESCRIPTIONS = {
    "lead": "Leads with where they came from; deleted and merged ones say so.",
    "opportunity": "Opportunities with stage, amount and currency.",
    "opportunity_history": "Every stage and amount that an opportunity has had.",
    "campaign": "Salesforce's own campaigns.",
    "campaign_member": "Which lead took part in which of Salesforce's campaigns.",
}
STREAMS: Mapping[str, Stream] = {
    name: Stream(
        source=SOURCE,
        name=name,
        description=DESCRIPTIONS[name],
        schema=pa.schema(
            [
                ("account_id", pa.string()),
                ("account_day", pa.date32()),
                *((column.name, TYPES[column.kind]) for column in found.columns),
            ]
        ),
        grain=("record_id",),
        personal=dict(found.personal),
    )
    for name, found in OBJECTS.items()
}
