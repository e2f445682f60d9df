"""What advertising was meant to cost and what was billed for it.

Belongs here: budgets, the platforms' monthly invoices and credit notes. Does not: SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from tests.sandbox.ledger.catalogue import (
    COMPANY_OF_CURRENCY,
    DECIMALS,
    OPENED,
    Company,
    month_after,
)
from tests.sandbox.world.delivery import EUR_WORTH, delivery
from tests.sandbox.world.randomness import generator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.world.hierarchy import AdAccount, Platform
    from tests.sandbox.world.world import World

PLATFORMS: tuple[Platform, ...] = ("google_ads", "facebook_ads")
ISSUED_ON_DAY = 3
CORRECTED_ON_DAY = 9


@dataclass(frozen=True)
class Budget:
    """`amount` in the company's currency's minor unit."""

    company: Company
    month: date
    channel: str
    amount: int
    modified_at: datetime


@dataclass(frozen=True)
class AdInvoice:
    """One document: an invoice, or a credit note (its amount is negative). Net of tax."""

    invoice_id: str
    account: AdAccount
    company: Company
    billing_month: date
    kind: str
    issued_on: date
    amount: int
    modified_at: datetime


def budgets(world: World, as_of: datetime) -> Iterator[Budget]:
    """Set a week before the month; Meta's is raised by a quarter on the 9th."""
    month = OPENED
    while _at(month, 1) - timedelta(days=7) <= as_of:
        raised_at = _at(month, CORRECTED_ON_DAY)
        for platform in PLATFORMS:
            planned: dict[Company, float] = {}
            for account in world.accounts(platform):
                company = COMPANY_OF_CURRENCY[account.currency]
                rate = EUR_WORTH[company.currency] / EUR_WORTH[account.currency]
                first_week = sum(
                    _charged(world, account, month + timedelta(days=day)) for day in range(7)
                )
                planned[company] = planned.get(company, 0.0) + first_week * rate * 4.3 / 1_000_000
            for company, plan in planned.items():
                luck = generator(world.seed, "budget", company.company_id, platform, month)
                raised = platform == "facebook_ads" and raised_at <= as_of
                hundreds = round(plan * luck.uniform(0.75, 1.2) * (1.25 if raised else 1) / 100)
                yield Budget(
                    company=company,
                    month=month,
                    channel=platform,
                    amount=hundreds * 100 * 10 ** DECIMALS[company.currency],
                    modified_at=raised_at if raised else _at(month, 1) - timedelta(days=7),
                )
        month = month_after(month)


def ad_invoices(world: World, as_of: datetime) -> Iterator[AdInvoice]:
    """An invoice on the 3rd for the month before; what is credited later, a month later.

    Google's second account is billed a regulatory fee beside its clicks, and every invoice of
    Meta's first account counts a day twice until it is corrected on the 9th.
    """
    for platform in PLATFORMS:
        for account in world.accounts(platform):
            month = OPENED
            while _at(month_after(month), ISSUED_ON_DAY) <= as_of:
                yield _invoice(world, account, month, as_of)
                if _at(month_after(month, 2), ISSUED_ON_DAY) <= as_of:
                    yield _credit_note(world, account, month)
                month = month_after(month)


def _invoice(world: World, account: AdAccount, month: date, as_of: datetime) -> AdInvoice:
    issued = _at(month_after(month), ISSUED_ON_DAY)
    micros = sum(_charged(world, account, day) for day in _days_of(month))
    micros -= sum(_credited(world, account, day, until=issued) for day in _days_of(month))
    if account.platform == "google_ads" and account.position == 1:
        micros += micros // 20 // account.minor_unit_micros * account.minor_unit_micros
    modified = issued
    if account.platform == "facebook_ads" and account.position == 0:
        corrected = _at(month_after(month), CORRECTED_ON_DAY)
        if corrected <= as_of:
            modified = corrected
        else:
            micros += _charged(world, account, month)
    return _document(account, month, "invoice", micros, issued=issued, modified=modified)


def _credit_note(world: World, account: AdAccount, month: date) -> AdInvoice:
    first, issued = (_at(month_after(month, later), ISSUED_ON_DAY) for later in (1, 2))
    micros = -sum(
        _credited(world, account, day, until=issued) - _credited(world, account, day, until=first)
        for day in _days_of(month)
    )
    return _document(account, month, "credit_note", micros, issued=issued, modified=issued)


def _document(
    account: AdAccount, month: date, kind: str, micros: int, *, issued: datetime, modified: datetime
) -> AdInvoice:
    return AdInvoice(
        invoice_id=f"{account.account_id}-{month:%Y%m}-{kind}",
        account=account,
        company=COMPANY_OF_CURRENCY[account.currency],
        billing_month=month,
        kind=kind,
        issued_on=issued.date(),
        amount=micros // account.minor_unit_micros,
        modified_at=modified,
    )


def _charged(world: World, account: AdAccount, day: date) -> int:
    """Before credits, in micros."""
    return int(delivery(world.seed, account, day).cost_micros.sum())


def _credited(world: World, account: AdAccount, day: date, *, until: datetime) -> int:
    shown = delivery(world.seed, account, day)
    return int(shown.credit_micros.sum()) if shown.credited_at <= until else 0


def _days_of(month: date) -> list[date]:
    length = (month_after(month) - month).days
    return [month + timedelta(days=day) for day in range(length)]


def _at(month: date, day: int) -> datetime:
    return datetime(month.year, month.month, day, 9, tzinfo=UTC)
