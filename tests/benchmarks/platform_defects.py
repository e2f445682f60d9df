"""What a platform, or the way to it, gets wrong: every model carries it on faithfully.

Belongs here: defects in the platforms' answers. Does not: what goes wrong after them (defects).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks.platform_side import CLICKS, COUNTS, MONEY, PlatformSide

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class PlatformChange:
    """`harmful` says that what comes of it must not be published."""

    name: str
    family: str
    change: Callable[[PlatformSide], None]
    harmful: bool = True


def _truncated_hours(s: PlatformSide) -> None:
    """The last page of the hourly report was never asked for."""
    found = s.rows(
        f"select campaign_id from {s.table('campaign_hour')} where {s.today}"
        " group by campaign_id order by campaign_id"
    )
    for one in found[(len(found) + 1) // 2 :] or found:
        s.run(
            f"delete from {s.table('campaign_hour')} where {s.today}"
            f" and campaign_id = '{one['campaign_id']}'"
        )


def _replayed(s: PlatformSide) -> None:
    """A cache answers with yesterday's report under today's date."""
    for report in s.reports():
        table = s.table(report)
        s.run(
            f"delete from {table} where {s.today}",
            f"insert into {table} select * replace (cast(account_day + 1 as date) as account_day,"
            f" (select max(content_pulled_at) from {table}) as content_pulled_at)"
            f" from {table} where {s.mine} and account_day = date '{s.day}' - 1",
        )


def _sampled(s: PlatformSide) -> None:
    for report, names in COUNTS[s.platform].items():
        assigned = ", ".join(f"{one} = cast(round({one} / 10.0) * 10 as bigint)" for one in names)
        s.run(f"update {s.table(report)} set {assigned} where {s.recent(3)}")
    s.total()


def _swapped(s: PlatformSide) -> None:
    clicks = CLICKS[s.platform][0]
    for report in COUNTS[s.platform]:
        s.run(
            f"update {s.table(report)} set impressions = {clicks}, {clicks} = impressions"
            f" where {s.today}"
        )


def _relabelled(s: PlatformSide) -> None:
    """The account's settings answer with another currency; the figures are what they were."""
    currency = "CHF" if s.account["account_currency"] != "CHF" else "USD"
    s.run(f"update {s.table('pulls')} set account_currency = '{currency}' where {s.mine}")


def _hours_in_another_zone(s: PlatformSide) -> None:
    table = s.table("campaign_hour")
    s.run(
        f"update {table} set account_day = account_day + cast((hour_of_day + 6) // 24 as integer),"
        f" hour_of_day = (hour_of_day + 6) % 24 where {s.mine}"
    )


def _half_a_day(s: PlatformSide) -> None:
    """The hours until noon, called the whole day; the other reports came after midnight."""
    s.run(f"delete from {s.table('campaign_hour')} where {s.today} and hour_of_day >= 12")


def _vanished(s: PlatformSide) -> None:
    s.remove(f"{s.mine} and campaign_id = '{s.campaign}'", totals=False)


def _doubled_day(s: PlatformSide) -> None:
    table = s.table("campaign_hour")
    s.run(f"insert into {table} select * from {table} where {s.today}")


def _privately(new: str) -> Callable[[PlatformSide], None]:
    return lambda s: s.rename(f"campaign_name || '{new}'", f"campaign_id = '{s.campaign}'")


DEFECTS = (
    PlatformChange("hourly report cut off at a page", "completeness", _truncated_hours),
    PlatformChange("half a day of hours called whole", "completeness", _half_a_day),
    PlatformChange("a campaign vanishes from all reports but the total", "completeness", _vanished),
    PlatformChange("rows of a day twice in the report", "duplication", _doubled_day),
    PlatformChange("yesterday's report under today's date", "time", _replayed),
    PlatformChange("hours in another time zone", "time", _hours_in_another_zone),
    PlatformChange(
        "pixel outage at the platform",
        "semantic",
        lambda s: s.scale_results(0, f"account_day > date '{s.day}' - 3"),
    ),
    PlatformChange(
        "attribution window changed at the platform",
        "semantic",
        lambda s: s.scale_results(1.6, f"account_day > date '{s.day}' - 7"),
    ),
    PlatformChange("clicks and impressions swapped in the report", "semantic", _swapped),
    PlatformChange(
        "spend without impressions in the report",
        "semantic",
        lambda s: s.scale_delivery(0, s.today, ("impressions", *CLICKS[s.platform], "clicks_all")),
    ),
    PlatformChange("sampled answer scaled up", "semantic", _sampled),
    PlatformChange(
        "one campaign x50 in every report",
        "semantic",
        lambda s: s.scale_delivery(50, f"{s.today} and campaign_id = '{s.campaign}'"),
    ),
    PlatformChange(
        "cents for units in every report",
        "unit",
        lambda s: s.scale_delivery(100, s.today, (MONEY[s.platform],)),
    ),
    PlatformChange(
        "micros for units in every report",
        "unit",
        lambda s: s.scale_delivery(1e6, s.today, (MONEY[s.platform],)),
    ),
    PlatformChange(
        "negative spend in every report",
        "semantic",
        lambda s: s.scale_delivery(-1, s.today, (MONEY[s.platform],)),
    ),
    PlatformChange("account answers with another currency", "currency", _relabelled),
    PlatformChange(
        "closed period rewritten at the platform",
        "restatement",
        lambda s: s.scale_delivery(
            1.1, f"{s.mine} and account_day < date '{s.day}' - 20", (MONEY[s.platform],)
        ),
    ),
    PlatformChange(
        "restated conversions lost at the platform",
        "restatement",
        lambda s: s.scale_results(
            0.3, f"account_day > date '{s.day}' - 8 and account_day < date '{s.day}' - 1"
        ),
    ),
    PlatformChange(
        "all names cut at the platform", "text", lambda s: s.rename("left(campaign_name, 6)")
    ),
    PlatformChange(
        "names in the wrong encoding",
        "text",
        lambda s: s.rename("campaign_name || ' fÃ¼r KÃ¤ufer'", f"campaign_id = '{s.campaign}'"),
    ),
    PlatformChange(
        "e-mail in a name at the platform", "privacy", _privately(" anna.doe@example.com")
    ),
    PlatformChange(
        "encoded e-mail in a name at the platform", "privacy", _privately("?e=anna%40example.com")
    ),
    PlatformChange(
        "phone in a name at the platform", "privacy", _privately(" call +49 (0)30 1234567")
    ),
    PlatformChange(
        "hashed e-mail in a name at the platform",
        "privacy",
        _privately("?uid=2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"),
    ),
)
