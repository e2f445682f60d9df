"""What happened, under the canonical definitions, from the sandbox's orders and deliveries.

Belongs here: code of its own for every rule. Does not: anything of ours, or of a platform's view
in the sandbox; that is what is being measured.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tests.sandbox.world.delivery import EUR_WORTH
from tests.sandbox.world.hierarchy import MINOR_UNIT_MICROS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.benchmarks.reference_rates import Rates
    from tests.sandbox.process import RunningSandbox

BERLIN = ZoneInfo("Europe/Berlin")
COMMON_WINDOW = timedelta(days=7)
PLATFORMS = ("google_ads", "facebook_ads")
Key = tuple[str, str, date]


def delivered(
    sandbox: RunningSandbox, *, start: date, end: date, as_of: datetime
) -> dict[Key, dict[str, Any]]:
    """Impressions, clicks and account micros by platform, campaign and reporting day."""
    found: dict[Key, dict[str, Any]] = {}
    for platform in PLATFORMS:
        rows = sandbox.truth(
            f"{platform}/delivery",
            start=start,
            end=end,
            by="campaign_reporting_day",
            time_zone="Europe/Berlin",
            as_of=as_of.isoformat(),
        )
        for row in rows:
            key = (platform, row["campaign_id"], date.fromisoformat(row["day"]))
            found[key] = row
    return found


@dataclass(frozen=True)
class Conversion:
    """One conversion of one platform: where, what, on which reporting day, worth what."""

    platform: str
    account_id: str
    campaign_id: str
    event: str
    day: date
    value_micros: int


def conversions(
    sandbox: RunningSandbox, *, start: date, end: date, currencies: Mapping[str, str]
) -> Iterator[Conversion]:
    """The last click inside an account within 7 days gets the whole conversion.

    Purchases: every one, on the day of the purchase. Leads: the first of a person, on the day of
    the click. Days are the company's own. `currencies` are the readable accounts'.
    """
    margin = timedelta(days=1)
    for order in orders_between(sandbox, start - margin, end + COMMON_WINDOW + margin):
        ordered_at = datetime.fromisoformat(order["ordered_at"])
        if order["event"] == "lead" and order["repeat_of"] is not None:
            continue
        for account_id, touch in _last_clicks(order, ordered_at).items():
            clicked_at = datetime.fromisoformat(touch["at"])
            if account_id not in currencies or ordered_at - clicked_at > COMMON_WINDOW:
                continue
            dated = ordered_at if order["event"] == "purchase" else clicked_at
            day = dated.astimezone(BERLIN).date()
            if start <= day < end:
                yield Conversion(
                    platform=touch["platform"],
                    account_id=account_id,
                    campaign_id=touch["campaign_id"],
                    event=order["event"],
                    day=day,
                    value_micros=_account_micros(order["value_cents"], currencies[account_id]),
                )


def orders_between(sandbox: RunningSandbox, start: date, end: date) -> Iterator[dict[str, Any]]:
    """Every order by the UTC day of its placing; asked week by week, for they are many."""
    while start < end:
        until = min(start + timedelta(days=7), end)
        yield from sandbox.truth("orders", start=start, end=until)
        start = until


def _last_clicks(order: dict[str, Any], ordered_at: datetime) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for touch in sorted(order["touches"], key=lambda touch: touch["at"]):
        if touch["kind"] == "click" and datetime.fromisoformat(touch["at"]) <= ordered_at:
            found[touch["account_id"]] = touch
    return found


def _account_micros(value_cents: int, currency: str) -> int:
    """What the shop told the platform: the order in the account's currency, in whole coins."""
    minor = MINOR_UNIT_MICROS[currency]
    return round(value_cents / 100 * EUR_WORTH[currency] * 1_000_000 / minor) * minor


def by_month(
    found: Iterator[Conversion], rates: Rates, currencies: Mapping[str, str]
) -> dict[tuple[str, ...], list[int]]:
    """(platform, account, campaign, event, month) to [count, reporting micros]."""
    sums: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0])
    for one in found:
        month = one.day.replace(day=1).isoformat()
        total = sums[one.platform, one.account_id, one.campaign_id, one.event, month]
        total[0] += 1
        total[1] += rates.converted(one.value_micros, currencies[one.account_id], one.day)
    return sums
