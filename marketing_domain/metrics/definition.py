"""What one number of one platform means.

Belongs here: the model of a definition and of a dated change. Does not: which of them compare.
"""

from __future__ import annotations

from datetime import date  # noqa: TC003  pydantic reads the annotations
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Platform = Literal[
    "google_ads",
    "facebook_ads",
    "google_analytics",
    "adobe_analytics",
    "salesforce",
    "surveys",
    "canonical",
]
Quantity = Literal[
    "impressions",
    "clicks",
    "spend",
    "conversions",
    "conversion_value",
    "reach",
    "sessions",
    "engaged_sessions",
    "conversion_rate",
    "channel_share",
    "net_promoter_score",
    "promoter_share",
    "attitude_score",
    "attitude_share",
    "respondents",
]
Event = Literal[
    "ad_served",
    "ad_on_screen",
    "click_to_destination",
    "click_anywhere",
    "click_on_link",
    "media_cost",
    "person_reached",
    "session_start",
    "visit_start",
    "engaged_session",
    "lead_record",
    "lead_converted",
    "opportunity",
    "opportunity_open",
    "opportunity_won",
    "opportunity_lost",
    "opportunity_without_amount",
    "question_answered",
    "channel_named",
    "purchase",
    "lead",
    "other_conversion",
]
Scope = Literal[
    "whole_account",
    "primary_actions",
    "every_action",
    "one_action",
    "website",
    "whole_org",
    "who_answered",
]
Counting = Literal[
    "not_counted_by_event",
    "one_per_click",
    "every_event",
    "one_per_session",
    "one_per_record",
    "one_per_response",
]
CreditRule = Literal[
    "no_credit_involved",
    "last_click_in_platform",
    "data_driven_in_platform",
    "last_view_in_platform",
    "last_non_direct_session",
    "last_tracking_code",
    "data_driven_all_channels",
    "decided_by_platform",
    "strongest_campaign_key",
    "campaign_id_key",
    "campaign_tag_key",
    "named_by_the_person",
]
# `lead`: on the day of the lead that an opportunity was made of, whenever that happened.
DateBasis = Literal["event", "interaction", "conversion", "lead"]
# `points` from -100 to 100, a `share` from 0 to 1, `scale_steps` counted from a scale's worst end.
Unit = Literal["count", "micros", "decimal_amount", "points", "share", "scale_steps"]
MoneyBasis = Literal["no_money", "account", "property", "reporting"]
ZoneBasis = Literal["account", "property", "declaration", "reporting"]
Dimension = Literal["day", "week", "campaign", "account", "platform", "hour"]
Period = Literal["day", "week", "month"]
WindowDays = int | None

MONEY: frozenset[Unit] = frozenset({"micros", "decimal_amount"})
NEVER_SUMMED: frozenset[Unit] = frozenset({"points", "share", "scale_steps"})
GOOGLE_LAG_DAYS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 21, 30, 45, 60, 90)


class Levers(BaseModel):
    """What the platform's own interface lets one do to the number: exactly, but for `by_clicks`.

    `by_hour`: the day can be rebuilt in any time zone. `by_clicks`: it comes of clicks whose hours
    are known, so a day can nearly be shared out among another zone's days. `click_windows`:
    shorter windows in which it can also be had. `without_views` and `without_engaged_views`: they
    come apart. `date_bases`: the other dates on which it can be had. `counting`: the other ways of
    counting.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    by_hour: bool = False
    by_clicks: bool = False
    click_windows: tuple[int, ...] = ()
    without_views: bool = False
    without_engaged_views: bool = False
    date_bases: tuple[DateBasis, ...] = ()
    counting: tuple[Counting, ...] = ()


class MetricDefinition(BaseModel):
    """One number of one platform. A window of None: contacts of that kind are not counted.

    `field` is its name in the platform's own catalogue, `needs` are the further fields with which
    it is asked for. `time_zone` and `currency` are None until an account's own are known.
    `final_after_days` counts from the end of the day on which the number stands. `valid_to` is
    excluded.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric_id: str = Field(pattern=r"^[a-z_]+\.[a-z0-9_]+$")
    platform: Platform
    field: str
    needs: tuple[str, ...] = ()
    title: str
    meaning: str
    quantity: Quantity
    event: Event
    scope: Scope
    counting: Counting
    credit_rule: CreditRule
    click_window_days: WindowDays = Field(default=None, ge=1, le=90)
    view_window_days: WindowDays = Field(default=None, ge=1, le=90)
    engaged_view_window_days: WindowDays = Field(default=None, ge=1, le=90)
    date_basis: DateBasis
    time_zone_basis: ZoneBasis
    time_zone: str | None = None
    unit: Unit
    currency_basis: MoneyBasis
    currency: str | None = None
    period: Period = "day"
    additive_over: tuple[Dimension, ...]
    estimated: bool
    fresh_after_hours: float = Field(ge=0)
    final_after_days: float = Field(ge=0)
    valid_from: date
    valid_to: date | None = None
    source: str
    levers: Levers = Levers()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError(f"{self.metric_id} ends on {self.valid_to}, before it starts.")
        if self.is_money == (self.currency_basis == "no_money"):
            raise ValueError(
                f"{self.metric_id}: an amount needs a currency, any other unit has none."
            )
        if self.unit in NEVER_SUMMED and self.additive_over:
            raise ValueError(f"{self.metric_id}: in {self.unit}, it may be summed over nothing.")
        too_long = [
            days
            for days in self.levers.click_windows
            if self.click_window_days is not None and days > self.click_window_days
        ]
        if too_long:
            raise ValueError(f"{self.metric_id} cannot be had with longer windows: {too_long}.")
        return self

    @property
    def is_money(self) -> bool:
        return self.unit in MONEY

    def with_click_window(self, days: int) -> MetricDefinition:
        """As an account chose it; shorter windows remain possible where they were."""
        shorter = tuple(one for one in GOOGLE_LAG_DAYS if one <= days)
        levers = self.levers.model_copy(
            update={"click_windows": shorter if self.levers.click_windows else ()}
        )
        return self.model_copy(update={"click_window_days": days, "levers": levers})

    def on(self, day: date) -> bool:
        """Whether it holds on `day`."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


class DefinitionChange(BaseModel):
    """Something that a platform changed for everybody on a day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    changed_on: date
    metric_ids: tuple[str, ...]
    what: str
    consequence: str
    source: str


class PlatformDefinitions(BaseModel):
    """One file of `definitions/`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    platform: Platform
    metrics: tuple[MetricDefinition, ...]
    changes: tuple[DefinitionChange, ...] = ()

    @model_validator(mode="after")
    def _one_at_a_time(self) -> Self:
        for position, one in enumerate(self.metrics):
            if one.platform != self.platform or not one.metric_id.startswith(f"{self.platform}."):
                raise ValueError(f"{one.metric_id} stands in the file of {self.platform}.")
            others = [*self.metrics[:position], *self.metrics[position + 1 :]]
            if any(two.metric_id == one.metric_id and two.on(one.valid_from) for two in others):
                raise ValueError(f"{one.metric_id} has two definitions on {one.valid_from}.")
        known = {one.metric_id for one in self.metrics}
        for change in self.changes:
            if not known.issuperset(change.metric_ids):
                raise ValueError(f"the change of {change.changed_on} names an unknown metric.")
        return self
