"""Where a defect strikes: one account, campaign and day of a candidate, picked by a seed.

Belongs here: the picks, and the few SQL statements that most defects are made of. Does not: any
defect (defects, platform_defects), what should happen to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence
    from datetime import date

    import duckdb

TABLE = "candidates.campaign_performance"
DELIVERY = ("impressions", "clicks_destination", "spend_account_micros", "spend_reporting_micros")
SPEND = ("spend_account_micros", "spend_reporting_micros")
VALUE = (
    "claimed_value_click_through_account_micros",
    "claimed_value_click_through_reporting_micros",
    "claimed_purchase_value_reporting_micros",
)
CLAIMS = (
    "claimed_conversions_click_through",
    "claimed_conversions_engaged_view",
    "claimed_conversions_view_through",
    "claimed_purchases_click_through",
    "claimed_purchases_engaged_view",
    "claimed_purchases_view_through",
    "claimed_leads_click_through",
    "claimed_leads_engaged_view",
    "claimed_leads_view_through",
)
ALIGNED = ("aligned_purchases", "aligned_leads")
MEASURES = (*DELIVERY, *VALUE, *CLAIMS, *ALIGNED, "aligned_purchase_value_reporting_micros")


@dataclass
class Spoiling:
    """One experiment's table, open for writing, and where to strike."""

    connection: duckdb.DuckDBPyConnection
    rng: random.Random
    published: str

    def rows(self, sql: str) -> list[dict[str, Any]]:
        return list(self.connection.sql(sql).to_arrow_table().to_pylist())

    def run(self, *statements: str) -> None:
        for sql in statements:
            self.connection.execute(sql)

    @cached_property
    def day(self) -> date:
        """The newest day that is wholly known everywhere it is known at all."""
        found = self.rows(
            f"select max(reporting_day) as day from {TABLE} where delivery_state = 'reported'"
        )
        return found[0]["day"]

    @cached_property
    def accounts(self) -> Sequence[dict[str, Any]]:
        """Accounts that delivered on the day, in an order of this seed's own."""
        found = self.rows(
            "select platform, account_id, account_currency, account_name,"
            f" count(distinct campaign_id) as campaigns from {TABLE}"
            f" where reporting_day = date '{self.day}' and coalesce(spend_account_micros, 0) > 0"
            " and not is_residual group by all order by all"
        )
        self.rng.shuffle(found)
        return found

    @cached_property
    def account(self) -> dict[str, Any]:
        return self.accounts[0]

    @cached_property
    def foreign(self) -> dict[str, Any]:
        """An account that is not charged in the reporting currency."""
        return next(one for one in self.accounts if one["account_currency"] != "EUR")

    @cached_property
    def other(self) -> dict[str, Any]:
        """Another account of the same platform."""
        return next(
            one
            for one in self.accounts
            if one["platform"] == self.account["platform"]
            and one["account_id"] != self.account["account_id"]
        )

    @cached_property
    def campaign(self) -> str:
        """A campaign of the account that spent on the day."""
        found = self.rows(
            f"select campaign_id from {TABLE} where {self.of_account()} and {self.on_day()}"
            " and spend_account_micros > 0 and not is_residual order by campaign_id"
        )
        return str(self.rng.choice(found)["campaign_id"])

    def of_account(self, account: dict[str, Any] | None = None) -> str:
        one = account or self.account
        return f"platform = '{one['platform']}' and account_id = '{one['account_id']}'"

    def on_day(self, ago: int = 0) -> str:
        return f"reporting_day = date '{self.day}' - {ago}"

    def of_campaign(self) -> str:
        return f"{self.of_account()} and campaign_id = '{self.campaign}'"

    def last_days(self, count: int) -> str:
        return f"reporting_day > date '{self.day}' - {count} and reporting_day <= date '{self.day}'"

    def update(self, assignments: str, where: str = "true") -> None:
        self.run(f"update {TABLE} set {assignments} where {where}")

    def scale(self, names: Sequence[str], factor: float, where: str = "true") -> None:
        """Multiply measures; counts and money stay whole."""
        whole = {*DELIVERY, *VALUE, "aligned_purchase_value_reporting_micros"}
        self.update(
            ", ".join(
                f"{name} = round({name} * {factor})::bigint"
                if name in whole
                else f"{name} = {name} * {factor}"
                for name in names
            ),
            where,
        )

    def delete(self, where: str) -> None:
        self.run(f"delete from {TABLE} where {where}")

    def insert(self, replaced: str, where: str) -> None:
        """Copies of some rows, with some values replaced."""
        changed = f"* replace ({replaced})" if replaced else "*"
        self.run(f"insert into {TABLE} select {changed} from {TABLE} where {where}")
