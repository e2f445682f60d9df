"""The ledger's streams as assets, and from which day on they are due.

Belongs here: which connector, comparing what it holds with what was landed. Does not: SQL, columns.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import dagster as dg

from finance_domain.connectors.ledger import MODIFIED_UNTIL, DayState, connect
from finance_domain.connectors.ledger_streams import DATED, STREAMS
from shared_policies.orchestration.landing_assets import Source

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from finance_domain.connectors.ledger import LedgerConnector
    from shared_policies.platform.landing_store import LandingStore
    from shared_policies.platform.pull_log import SliceRecord

SOURCE = Source(
    domain="finance",
    name="ledger",
    title="the ledger",
    streams=STREAMS,
    connect=connect,
    threads=2,
)


def dated() -> dg.AssetSelection:
    """What has a booking day."""
    return dg.AssetSelection.assets(*(["finance", SOURCE.name, name] for name in DATED))


def read_whole() -> dg.AssetSelection:
    """What has no past: a run of many days would only say the same of each."""
    return dg.AssetSelection.key_prefixes(["finance", SOURCE.name]) - dated()


def days_due(connector: LedgerConnector, landing_store: LandingStore) -> set[date]:
    """Booking days of which the ledger says something else than was landed, of any company.

    New rows, corrections however late, deletions, and everything before the first pull.

    Raises:
        PipelineError: the ledger cannot be asked.
    """
    due: set[date] = set()
    for company in connector.accounts().readable:
        states = connector.states(company)
        for name in DATED:
            landed = {
                day: _landed_state(record)
                for day, record in landing_store.latest(
                    SOURCE.name, name, company.account_id
                ).items()
            }
            held = states[name]
            due |= {day for day in held.keys() | landed.keys() if _differ(held, landed, day)}
    return due


def first_booked_day(landing_store: LandingStore) -> date | None:
    """The earliest booking day that was landed of any company."""
    days = [
        day
        for company_id in landing_store.accounts(SOURCE.name, "orders")
        for day, record in landing_store.latest(SOURCE.name, "orders", company_id).items()
        if record.row_count
    ]
    return min(days, default=None)


def _landed_state(record: SliceRecord) -> DayState:
    said = json.loads(record.quality_flags or "{}")
    return DayState(record.row_count, said.get(MODIFIED_UNTIL, ""))


def _differ(held: Mapping[date, DayState], landed: Mapping[date, DayState], day: date) -> bool:
    """More, fewer or newer rows. A tombstone that was purged leaves an older newest change."""
    ours, theirs = landed.get(day), held.get(day)
    if ours is None or theirs is None:
        return theirs is not None or (ours is not None and ours.row_count > 0)
    return theirs.row_count != ours.row_count or theirs.modified_until > ours.modified_until
