"""What accounts chose themselves, laid over the platforms' defaults, with the days of change.

Belongs here: windows, counting, credit, time zones and currencies as the platforms word them.
Does not: pulling them (connectors/), or what they make comparable (comparability.py).
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from marketing_domain.metrics.loading import definition, every_definition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from marketing_domain.metrics.definition import (
        Counting,
        CreditRule,
        Event,
        MetricDefinition,
        Platform,
    )

Row = dict[str, Any]
GOOGLE_EVENTS: Mapping[str, Event] = {
    "PURCHASE": "purchase",
    "SUBMIT_LEAD_FORM": "lead",
    "IMPORTED_LEAD": "lead",
    "PHONE_CALL_LEAD": "lead",
}
GOOGLE_COUNTING: Mapping[str, Counting] = {
    "ONE_PER_CLICK": "one_per_click",
    "MANY_PER_CLICK": "every_event",
}
GOOGLE_CREDIT: Mapping[str, CreditRule] = {
    "GOOGLE_ADS_LAST_CLICK": "last_click_in_platform",
    "GOOGLE_SEARCH_ATTRIBUTION_DATA_DRIVEN": "data_driven_in_platform",
}
ANALYTICS_EVENTS: Mapping[str, str] = {
    "purchase": "google_analytics.purchases",
    "generate_lead": "google_analytics.leads",
}
ANALYTICS_COUNTING: Mapping[str, Counting] = {
    "ONCE_PER_EVENT": "every_event",
    "ONCE_PER_SESSION": "one_per_session",
}
ACTION_METRICS = tuple(
    one.metric_id for one in every_definition() if one.metric_id.startswith("google_ads.action_")
)
AD_SET_METRIC = "facebook_ads.purchases_default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one account (or one conversion action or ad set of it) had set on one day.

    `subject_id` is empty for the account itself. `overrides` are fields of MetricDefinition.
    `primary` says that a conversion action is among those that the account counts.
    """

    platform: Platform
    account_id: str
    subject_id: str
    subject_name: str
    metric_ids: tuple[str, ...]
    seen_on: date
    overrides: Mapping[str, Any]
    primary: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveDefinition:
    """A definition as it holds for one account or subject, and what changed to make it so.

    `before` is the definition that it replaced; None for the first that is known.
    """

    definition: MetricDefinition
    account_id: str = ""
    subject_id: str = ""
    subject_name: str = ""
    primary: bool = False
    before: MetricDefinition | None = field(default=None)

    @property
    def definition_id(self) -> str:
        """`google_ads.action_conversions/1000000001/6000010@2026-10-20`."""
        place = "/".join(part for part in (self.account_id, self.subject_id) if part)
        named = f"{self.definition.metric_id}/{place}" if place else self.definition.metric_id
        return f"{named}@{self.definition.valid_from}"

    @property
    def changed(self) -> Mapping[str, tuple[Any, Any]]:
        """Field to (before, after); empty for the first that is known."""
        if self.before is None:
            return {}
        old, new = self.before.model_dump(), self.definition.model_dump()
        silent = {"valid_from", "valid_to", "levers"}
        return {
            name: (old[name], new[name]) for name in new.keys() - silent if old[name] != new[name]
        }


def default_id(metric_id: str) -> str:
    """The id of a platform's own definition that holds now, as metric_definitions lists it.

    Raises:
        KeyError: there is none of that name.
    """
    return EffectiveDefinition(definition=definition(metric_id)).definition_id


def google_settings(accounts: Iterable[Row], actions: Iterable[Row]) -> Iterator[Settings]:
    """From rows of the streams google_ads/account and google_ads/conversion_action."""
    money_and_zone = _Looks()
    whole_account = _metrics_of("google_ads", without=ACTION_METRICS)
    for row in accounts:
        own = {"currency": row["currency_code"], "time_zone": row["time_zone"]}
        money_and_zone.add(row, own)
        yield _of_account("google_ads", row, whole_account, own)
    for row in actions:
        yield Settings(
            platform="google_ads",
            account_id=row["account_id"],
            subject_id=row["conversion_action_id"],
            subject_name=row["conversion_action_name"],
            metric_ids=ACTION_METRICS,
            seen_on=row["account_day"],
            primary=bool(row["include_in_conversions_metric"] or row["primary_for_goal"]),
            overrides={
                **money_and_zone.at(row),
                "event": GOOGLE_EVENTS.get(row["category"], "other_conversion"),
                "counting": GOOGLE_COUNTING.get(row["counting_type"], "every_event"),
                "credit_rule": GOOGLE_CREDIT.get(row["attribution_model"], "decided_by_platform"),
                "click_window_days": row["click_window_days"],
                # the longest a conversion may come after its click, and a day for reporting it
                "final_after_days": row["click_window_days"] + 1.0,
            },
        )


def facebook_settings(accounts: Iterable[Row], ad_sets: Iterable[Row]) -> Iterator[Settings]:
    """From rows of the streams facebook_ads/account and facebook_ads/ad_set."""
    money_and_zone = _Looks()
    whole_account = _metrics_of("facebook_ads", without=(AD_SET_METRIC,))
    for row in accounts:
        own = {"currency": row["currency"], "time_zone": row["timezone_name"]}
        money_and_zone.add(row, own)
        yield _of_account("facebook_ads", row, whole_account, own)
    for row in ad_sets:
        yield Settings(
            platform="facebook_ads",
            account_id=row["account_id"],
            subject_id=row["ad_set_id"],
            subject_name=row["ad_set_name"],
            metric_ids=(AD_SET_METRIC,),
            seen_on=row["account_day"],
            overrides={
                **money_and_zone.at(row),
                **_attribution_spec(row["attribution_spec"]),
            },
        )


def analytics_settings(
    properties: Iterable[Row], key_events: Iterable[Row], attribution: Iterable[Row]
) -> Iterator[Settings]:
    """From rows of google_analytics/property, key_event and attribution_setting.

    The reporting attribution model is left alone: it decides about event-scoped figures, and the
    credit of a session goes to its own source whatever the model.
    """
    by_event = tuple(ANALYTICS_EVENTS.values())
    plain = _metrics_of("google_analytics", without=by_event)
    money_and_zone, windows = _Looks(), _Looks()
    for row in properties:
        own = {"currency": row["currency_code"], "time_zone": row["time_zone"]}
        money_and_zone.add(row, own)
        yield _of_account("google_analytics", row, plain, own)
    for row in attribution:
        days = "".join(filter(str.isdigit, row["other_window"]))
        windows.add(row, {"click_window_days": int(days)} if days else {})
    for row in key_events:
        metric_id = ANALYTICS_EVENTS.get(row["event_name"])
        if metric_id is None:
            continue
        yield Settings(
            platform="google_analytics",
            account_id=row["account_id"],
            subject_id=row["event_name"],
            subject_name=row["event_name"],
            metric_ids=(metric_id,),
            seen_on=row["account_day"],
            overrides={
                **money_and_zone.at(row),
                **windows.at(row),
                "counting": ANALYTICS_COUNTING.get(row["counting_method"], "every_event"),
            },
        )


def suite_settings(suites: Iterable[Row]) -> Iterator[Settings]:
    """From rows of adobe_analytics/report_suite."""
    metric_ids = _metrics_of("adobe_analytics", without=())
    for row in suites:
        own = {"currency": row["currency_code"], "time_zone": row["time_zone"]}
        yield _of_account("adobe_analytics", row, metric_ids, own)


def effective_definitions(settings: Iterable[Settings]) -> list[EffectiveDefinition]:
    """Every definition as accounts see it: one per period without a change.

    What was set before the first look is taken to be what was seen first. A look that did not
    find a subject any more ends nothing: its numbers of earlier days remain.
    """
    looks: dict[tuple[str, str, str], list[Settings]] = defaultdict(list)
    for one in settings:
        looks[one.metric_ids[0], one.account_id, one.subject_id].append(one)
    return [
        found
        for _, history in sorted(looks.items())
        for metric_id in history[0].metric_ids
        for default in every_definition()
        if default.metric_id == metric_id
        for found in _periods(default, sorted(history, key=lambda one: one.seen_on))
    ]


def _periods(
    default: MetricDefinition, history: Sequence[Settings]
) -> Iterator[EffectiveDefinition]:
    starts = [history[0]]
    starts += [new for old, new in pairwise(history) if new.overrides != old.overrides]
    before: MetricDefinition | None = None
    for index, start in enumerate(starts):
        ends = starts[index + 1].seen_on if index + 1 < len(starts) else default.valid_to
        definition = _overridden(default, start.overrides).model_copy(
            update={
                "valid_from": start.seen_on if index else default.valid_from,
                "valid_to": ends,
            }
        )
        yield EffectiveDefinition(
            definition=definition,
            account_id=start.account_id,
            subject_id=start.subject_id,
            subject_name=start.subject_name,
            primary=history[-1].primary,
            before=before,
        )
        before = definition


def _overridden(default: MetricDefinition, overrides: Mapping[str, Any]) -> MetricDefinition:
    changes = dict(overrides)
    if default.currency_basis == "no_money":
        changes.pop("currency", None)
    days = changes.pop("click_window_days", None)
    changed = default.model_copy(update=changes)
    return changed.with_click_window(days) if days else changed


def _of_account(
    platform: Platform, row: Row, metric_ids: tuple[str, ...], overrides: Mapping[str, Any]
) -> Settings:
    return Settings(
        platform=platform,
        account_id=row["account_id"],
        subject_id="",
        subject_name=next(
            (
                row[name]
                for name in ("account_name", "property_name", "suite_name")
                if row.get(name)
            ),
            "",
        ),
        metric_ids=metric_ids,
        seen_on=row["account_day"],
        overrides=overrides,
    )


def _attribution_spec(text: str | None) -> Row:
    """Meta's list of {event_type, window_days}; an absent kind of contact is not counted."""
    windows = {one["event_type"]: one["window_days"] for one in json.loads(text or "null") or ()}
    if not windows:
        return {}
    return {
        "click_window_days": windows.get("CLICK_THROUGH"),
        "view_window_days": windows.get("VIEW_THROUGH"),
        "engaged_view_window_days": windows.get("ENGAGED_VIDEO_VIEW"),
    }


def _metrics_of(platform: Platform, *, without: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            one.metric_id
            for one in every_definition()
            if one.platform == platform and one.metric_id not in without
        )
    )


class _Looks:
    """What accounts had set when they were looked at, for what belongs to them."""

    def __init__(self) -> None:
        self._of_account: dict[str, dict[date, Row]] = defaultdict(dict)

    def add(self, row: Row, found: Row) -> None:
        self._of_account[row["account_id"]][row["account_day"]] = found

    def at(self, row: Row) -> Row:
        """As of the row's day; before the first look what was seen first, without any nothing."""
        looks = self._of_account[row["account_id"]]
        before = [day for day in looks if day <= row["account_day"]]
        return looks[max(before) if before else min(looks)] if looks else {}
