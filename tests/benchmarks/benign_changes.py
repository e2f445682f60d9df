"""What a business does and no governance may stop: sales, launches, pauses, odd but honest text.

Belongs here: changes at the platforms that are not mistakes. Does not: mistakes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.benchmarks.platform_defects import PlatformChange
from tests.benchmarks.platform_side import MONEY, PlatformSide

if TYPE_CHECKING:
    from collections.abc import Callable

LAUNCHED = 10


def _sale(s: PlatformSide) -> None:
    s.scale_delivery(3, f"account_day = date '{s.day}'")
    s.scale_results(3, f"account_day = date '{s.day}'")


def _launched(s: PlatformSide) -> None:
    """They deliver like one that is there, and have no conversions yet."""
    for number in range(LAUNCHED):
        s.copy_rows(
            f"'55500{number}' || right(campaign_id, 4) as campaign_id",
            f"{s.today} and campaign_id = '{s.campaign}'",
        )
    new = f"{s.today} and campaign_id like '55500%'"
    s.scale_results(0, new)
    for number in range(LAUNCHED):
        s.run(
            f"update {s.table('campaign')} set campaign_name = 'Launch {number}'"
            f" where campaign_id like '55500{number}%'"
        )


def _half_paused(s: PlatformSide) -> None:
    found = s.rows(
        f"select distinct campaign_id from {s.table('campaign_day')} where {s.today} order by all"
    )
    for one in found[: max(1, len(found) // 2)]:
        s.remove(f"{s.today} and campaign_id = '{one['campaign_id']}'")


def _paused(s: PlatformSide) -> None:
    s.remove(s.today)
    s.run(f"delete from {s.table('account_day')} where {s.today}")


def _onboarded(s: PlatformSide) -> None:
    """An account that nobody knew yesterday, with a day of its own."""
    new = f"'88{s.account_id[2:]}' as account_id"
    for report in (*s.reports(), "campaign", "account", "pulls"):
        table, where = s.table(report), s.today
        replaced = new
        if report == "pulls":
            replaced += ", 'New account' as account_name"
        if report in {"campaign", "account"}:
            where = s.mine
        if "campaign_id" in {row[0] for row in s.connection.sql(f"describe {table}").fetchall()}:
            replaced += ", '66' || campaign_id as campaign_id"
        s.run(f"insert into {table} select * replace ({replaced}) from {table} where {where}")


def _no_impressions(s: PlatformSide) -> None:
    """A campaign that stopped, whose conversions still come in: a row without delivery."""
    where = f"{s.today} and campaign_id = '{s.campaign}'"
    s.run(f"delete from {s.table('campaign_hour')} where {where}")
    s.scale_delivery(0, where)


def _viewed(s: PlatformSide) -> None:
    if s.platform == "google_ads":
        s.run(
            f"update {s.table('campaign_day')} set view_through_conversions = clicks + 5"
            f" where {s.today}"
        )
        s.total()
        return
    more = ", ".join(f"'{one}': a.{one}" for one in ("value", "click_1d", "click_7d", "click_28d"))
    for report in ("campaign_day", "ad_day", "account_day"):
        # On every action, so that the account's own report is still the sum of its campaigns.
        s.run(
            f"update {s.table(report)} set actions = list_transform(actions, lambda a:"
            f" {{'action_type': a.action_type, {more}, 'view_1d': a.click_7d * 30,"
            f" 'engaged_view_1d': a.engaged_view_1d}}) where {s.today}"
        )


def _named(text: str) -> Callable[[PlatformSide], None]:
    return lambda s: s.rename(f"campaign_name || '{text}'", f"campaign_id = '{s.campaign}'")


def _benign(name: str, change: Callable[[PlatformSide], None]) -> PlatformChange:
    return PlatformChange(name, "benign", change, harmful=False)


BENIGN = (
    _benign("a sale day (x3)", _sale),
    _benign("10 campaigns launched", _launched),
    _benign("half an account paused", _half_paused),
    _benign("a whole account paused", _paused),
    _benign("budget halved", lambda s: s.scale_delivery(0.5, s.today)),
    _benign("account onboarded", _onboarded),
    _benign("campaigns renamed", lambda s: s.rename("'Spring: ' || campaign_name")),
    _benign("view-through conversions above clicks", _viewed),
    _benign("CPC +40 %", lambda s: s.scale_delivery(1.4, s.today, (MONEY[s.platform],))),
    _benign("rows without impressions", _no_impressions),
    _benign("fractional conversions", lambda s: s.scale_results(0.73, s.today)),
    _benign("@ in a UTM value", _named(" utm_source=meet@berlin")),
    _benign("a long numeric id", _named(" 120210345678901234")),
    _benign(
        "a UUID in a URL",
        _named(" https://shop.example/?s=550e8400-e29b-41d4-a716-446655440000"),
    ),
)
