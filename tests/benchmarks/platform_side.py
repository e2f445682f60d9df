"""Changes what the platforms answered, in all their reports at once, before the models run.

Belongs here: staged reports and how they hang together. Does not: which change is made
(platform_defects, benign_changes).

What really happens at a platform shows in every report of it: hours, days, conversions by either
date, and the account's own totals. Here one change is made to all of them, so that totals agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from tests.benchmarks.spoiling import Spoiling

if TYPE_CHECKING:
    from collections.abc import Sequence

Platform = Literal["google_ads", "facebook_ads"]

COUNTS = {
    "google_ads": {
        "campaign_hour": ("impressions", "clicks", "cost_micros"),
        "campaign_day": ("impressions", "clicks", "cost_micros"),
        "ad_day": ("impressions", "clicks", "cost_micros"),
        "account_day": ("impressions", "clicks", "cost_micros"),
    },
    "facebook_ads": dict.fromkeys(
        ("campaign_hour", "campaign_day", "ad_day", "account_day"),
        ("impressions", "clicks_all", "inline_link_clicks", "outbound_clicks", "spend_micros"),
    ),
}
MONEY = {"google_ads": "cost_micros", "facebook_ads": "spend_micros"}
CLICKS = {"google_ads": ("clicks",), "facebook_ads": ("outbound_clicks", "inline_link_clicks")}
CREDITS = {
    "campaign_day": (
        "conversions",
        "conversions_value_micros",
        "all_conversions",
        "all_conversions_value_micros",
        "view_through_conversions",
        "platform_comparable_conversions",
        "platform_comparable_conversions_value_micros",
    ),
    "account_day": (
        "conversions",
        "conversions_value_micros",
        "all_conversions",
        "all_conversions_value_micros",
        "view_through_conversions",
    ),
    "campaign_conversion": (
        "conversions",
        "conversions_value_micros",
        "all_conversions",
        "all_conversions_value_micros",
    ),
    "campaign_conversion_by_date": (
        "conversions",
        "conversions_value_micros",
        "all_conversions",
        "all_conversions_value_micros",
    ),
}
WHOLE = {"view_through_conversions"}
ACTION = ("value", "click_1d", "click_7d", "click_28d", "view_1d", "engaged_view_1d")


@dataclass
class PlatformSide(Spoiling):
    """Picks as in a candidate; `platform` is the chosen account's."""

    @cached_property
    def platform(self) -> Platform:
        found: Platform = self.account["platform"]
        return found

    @cached_property
    def account_id(self) -> str:
        return str(self.account["account_id"])

    def table(self, report: str) -> str:
        return f"staging.stg_{self.platform}__{report}"

    @property
    def mine(self) -> str:
        return f"account_id = '{self.account_id}'"

    @property
    def today(self) -> str:
        return f"{self.mine} and account_day = date '{self.day}'"

    def recent(self, days: int) -> str:
        return f"{self.mine} and account_day > date '{self.day}' - {days}"

    def reports(self, *, of_campaigns: bool = False) -> Sequence[str]:
        """Every report with figures; `of_campaigns` leaves out the account's own."""
        found = list(COUNTS[self.platform])
        if self.platform == "google_ads":
            found += ["campaign_conversion", "campaign_conversion_by_date"]
        return [one for one in found if not (of_campaigns and one == "account_day")]

    def scale_delivery(self, factor: float, where: str, names: Sequence[str] = ()) -> None:
        """Multiply counts and money in every report, whole as they are."""
        for report, columns in COUNTS[self.platform].items():
            chosen = [name for name in columns if not names or name in names]
            assigned = ", ".join(f"{one} = round({one} * {factor})::bigint" for one in chosen)
            if chosen and self._has(report, where):
                self.run(f"update {self.table(report)} set {assigned} where {where}")
        self._days_of_hours(where)
        self.total()

    def _days_of_hours(self, where: str) -> None:
        """A day is the sum of its hours, each of which was rounded."""
        names = COUNTS[self.platform]["campaign_day"]
        sums = ", ".join(f"sum({name}) as {name}" for name in names)
        assigned = ", ".join(f"{name} = hours.{name}::bigint" for name in names)
        self.run(
            f"update {self.table('campaign_day')} as whole set {assigned} from ("
            f"select account_id, account_day, campaign_id, {sums}"
            f" from {self.table('campaign_hour')} where {where} group by all) as hours"
            " where whole.account_id = hours.account_id and whole.account_day = hours.account_day"
            " and whole.campaign_id = hours.campaign_id"
        )

    def scale_results(self, factor: float, where: str) -> None:
        """Multiply conversions and their value in every report."""
        if self.platform == "google_ads":
            for report, columns in CREDITS.items():
                assigned = ", ".join(
                    f"{one} = round({one} * {factor})::bigint"
                    if one in WHOLE or one.endswith("micros")
                    else f"{one} = {one} * {factor}"
                    for one in columns
                )
                if self._has(report, where):
                    self.run(f"update {self.table(report)} set {assigned} where {where}")
        else:
            scaled = ", ".join(
                f"'{one}': cast(round(a.{one} * {factor}, 6) as decimal(20, 6))" for one in ACTION
            )
            for report in ("campaign_day", "ad_day", "account_day"):
                for column in ("actions", "action_values"):
                    if self._has(report, where):
                        self.run(
                            f"update {self.table(report)} set {column} = list_transform({column},"
                            f" lambda a: {{'action_type': a.action_type, {scaled}}}) where {where}"
                        )
        self.total()

    def remove(self, where: str, *, totals: bool = True) -> None:
        """Leave rows out of every report; `totals` says that the account knows of it."""
        for report in self.reports(of_campaigns=True):
            if self._has(report, where):
                self.run(f"delete from {self.table(report)} where {where}")
        if totals:
            self.total()

    def copy_rows(self, replaced: str, where: str) -> None:
        """More rows of the same shape in every report of campaigns, and in the list of them."""
        for report in (*self.reports(of_campaigns=True), "campaign"):
            if report != "ad_day" and self._has(report, where):
                table = self.table(report)
                self.run(
                    f"insert into {table} select * replace ({replaced}) from {table} where {where}"
                )
        self.total()

    def rename(self, new: str, where: str = "true") -> None:
        """Campaigns' names, an SQL expression over the old one."""
        table = self.table("campaign")
        self.run(f"update {table} set campaign_name = {new} where {self.mine} and {where}")

    def total(self) -> None:
        """The account's own report adds up what its campaigns show, and keeps its residual."""
        if self._residuals is None:
            return
        table, names = self.table("account_day"), self._summed
        assigned = ", ".join(f"{name} = coalesce(summed.{name}, 0) + rest.{name}" for name in names)
        self.run(
            f"update {table} as totals set {assigned}"
            f" from ({self._sums('days')}) as summed, residuals_before as rest"
            " where totals.account_id = rest.account_id and totals.account_day = rest.account_day"
            " and totals.account_id = summed.account_id and totals.account_day = summed.account_day"
        )

    def remember_residuals(self) -> None:
        """Once, before anything is changed."""
        names = self._summed
        rest = ", ".join(f"totals.{name} - coalesce(summed.{name}, 0) as {name}" for name in names)
        self.run(
            "create or replace temp table residuals_before as"
            f" select totals.account_id, totals.account_day, {rest}"
            f" from {self.table('account_day')} as totals"
            f" left join ({self._sums('days')}) as summed"
            " on totals.account_id = summed.account_id and totals.account_day = summed.account_day"
        )
        self._residuals = True

    _residuals: bool | None = None

    @cached_property
    def _summed(self) -> Sequence[str]:
        counts = COUNTS[self.platform]["account_day"]
        return (*counts, *CREDITS["account_day"]) if self.platform == "google_ads" else counts

    def _sums(self, name: str) -> str:
        """Of every account-day there is, also of one without campaigns."""
        sums = ", ".join(f"coalesce(sum({name}.{one}), 0) as {one}" for one in self._summed)
        return (
            f"select totals.account_id, totals.account_day, {sums}"
            f" from {self.table('account_day')} as totals"
            f" left join {self.table('campaign_day')} as {name}"
            f" on totals.account_id = {name}.account_id and totals.account_day = {name}.account_day"
            " group by all"
        )

    def _has(self, report: str, where: str) -> bool:
        """Whether the report has the columns that `where` speaks of."""
        described = self.connection.sql(f"describe {self.table(report)}").fetchall()
        names = {row[0] for row in described}
        return all(one in names for one in ("campaign_id", "hour_of_day") if one in where)
