"""When finance's sources are pulled, and how far back.

Belongs here: hours and lookbacks. Does not: what runs after them (automation).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from finance_domain import landing
from finance_domain.connectors import ledger as ledger_connector
from finance_domain.landing import ecb, ledger
from shared_policies.orchestration.discovery import sources_in
from shared_policies.orchestration.schedules import daily_catch_up, daily_pulls, daily_run, pulled
from shared_policies.platform.company import company_settings, data_settings
from shared_policies.platform.days import local_day, now
from shared_policies.platform.errors import NeedsPerson, RetryLater
from shared_policies.platform.landing_store import LandingStore

if TYPE_CHECKING:
    from datetime import date

# Rates are not restated; a few days cover a morning on which nothing ran.
ECB_LOOKBACK_DAYS = 5
# A transaction that was open for hours may write with an earlier instant than rows already read.
LEDGER_LOOKBACK_DAYS = 3


def ledger_lookback_days() -> int:
    """Back to the earliest booking day that the ledger holds otherwise than it was landed.

    So a correction is followed however late it comes, and the first morning reads the books from
    their beginning. If the ledger cannot be asked, the run is started all the same and says why.

    Raises:
        BadData: rows that no pull would find, which only this question sees.
    """
    try:
        due = ledger.days_due(ledger_connector.connect(), LandingStore(data_settings().landing_url))
    except (NeedsPerson, RetryLater):
        return LEDGER_LOOKBACK_DAYS
    return max(LEDGER_LOOKBACK_DAYS, _days_since(min(due, default=None)))


def ecb_lookback_days() -> int:
    """Back to the first booking day, if its rate was never asked for."""
    landing_store = LandingStore(data_settings().landing_url)
    booked = ledger.first_booked_day(landing_store)
    asked = landing_store.latest(ecb.SOURCE.name, "reference_rate", ecb.ACCOUNT_ID)
    if booked is None or (asked and min(asked) <= booked):
        return ECB_LOOKBACK_DAYS
    return max(ECB_LOOKBACK_DAYS, _days_since(booked))


def schedules() -> list[dg.ScheduleDefinition]:
    sources = sources_in(landing)
    return [
        *daily_pulls(sources),
        daily_run(
            name="ledger_daily",
            selection=ledger.dated(),
            lookback_days=ledger_lookback_days,
            at="0 5 * * *",
            description="Reads yesterday's bookings and every day that was corrected since.",
        ),
        daily_run(
            name="ledger_tables_daily",
            selection=ledger.read_whole(),
            lookback_days=lambda: 1,
            at="0 5 * * *",
            description="Reads clients, price list, budgets and ad invoices as they stand.",
        ),
        daily_run(
            name="ecb_daily",
            selection=pulled([ecb.SOURCE]),
            lookback_days=ecb_lookback_days,
            at="30 5 * * *",
            description="Pulls the ECB's reference rates, before money is converted with them.",
        ),
        daily_catch_up(
            name="finance_catch_up",
            selection=dg.AssetSelection.all() - pulled(sources),
            at="45 7 * * *",
            description="Builds and publishes once more, after all sources were pulled.",
        ),
    ]


def _days_since(day: date | None) -> int:
    """Days before today in the company's calendar, `day` included; 0 without one."""
    if day is None:
        return 0
    today = local_day(now(), time_zone=company_settings().reporting_time_zone)
    return (today - day).days
