"""Reports of Meta that sources.yaml adds, held against Meta's own catalogue of fields.

Belongs here: the form of such a report, which breakdowns Meta answers together. Does not: asking
for it (facebook_ads.py), the reports that products are made of (facebook_ads_streams.py,
facebook_ads_breakdowns.py).
Source: developers.facebook.com/docs/marketing-api/insights/breakdowns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from marketing_domain.connectors import facebook_ads_breakdowns, facebook_ads_streams
from marketing_domain.connectors.facebook_ads_client import SOURCE
from marketing_domain.connectors.facebook_ads_streams import Column, Insights, stream_of
from marketing_domain.settings import chosen_sources
from shared_policies.platform.errors import MisconfiguredSetting
from shared_policies.platform.source_choice import ColumnName, FieldPath, configured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shared_policies.platform.streams import Stream

Level = Literal["account", "campaign", "adset", "ad"]
Landed = Literal["text", "count", "maybe", "money", "clicks", "actions"]
TAKEN = {*facebook_ads_streams.STREAMS, *facebook_ads_breakdowns.STREAMS}
# What Meta's library says a field holds, and how it may be landed.
LANDED_AS: Mapping[str, tuple[Landed, ...]] = {
    "string": ("text", "count", "maybe", "money"),
    "list<AdsActionStats>": ("actions", "clicks"),
}
# The combinations that Meta documents; every part of one is answered too. Its library still names
# `dma`, which Meta no longer answers since 22 June 2026.
TOGETHER = (
    {"age", "gender"},
    {"age", "country"},
    {"gender", "country"},
    {"country", "region"},
    {"country", "impression_device"},
    {"frequency_value"},
    {"hourly_stats_aggregated_by_advertiser_time_zone"},
    {"hourly_stats_aggregated_by_audience_time_zone"},
    {"product_id"},
    {"publisher_platform", "platform_position", "device_platform", "impression_device"},
)
# By these Meta tells no action that happened outside of it: a part under the name of all.
WITHOUT_OUTSIDE_ACTIONS = {
    "frequency_value",
    "hourly_stats_aggregated_by_advertiser_time_zone",
    "hourly_stats_aggregated_by_audience_time_zone",
    "region",
}


class ConfiguredReport(BaseModel):
    """A report by account-local day. `columns` are [Meta's field, how it is landed] by our name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str = Field(min_length=1)
    level: Level = "campaign"
    breakdowns: tuple[str, ...] = ()
    columns: dict[ColumnName, tuple[FieldPath, Landed]] = Field(min_length=1)
    grain: tuple[str, ...]

    @model_validator(mode="after")
    def _is_a_report(self) -> Self:
        missing = sorted(set(self.grain) - self.columns.keys())
        if missing:
            raise ValueError(f"grain names {', '.join(missing)}, which is no column")
        named = {path for path, _ in self.columns.values()}
        unnamed = sorted(set(self.breakdowns) - named)
        if unnamed:
            raise ValueError(f"{', '.join(unnamed)} is broken down by, and is no column")
        return self

    @property
    def report(self) -> Insights:
        columns = tuple(Column(name, path, kind) for name, (path, kind) in self.columns.items())
        return Insights(self.level, columns, breakdowns=self.breakdowns)

    def stream(self, name: str) -> Stream:
        return stream_of(name, self.report, self.description, grain=self.grain)


def configured_reports() -> Mapping[str, ConfiguredReport]:
    """What sources.yaml adds.

    Raises:
        MisconfiguredSetting: a report has not the form, or the name of a stream of ours.
    """
    reports = chosen_sources().facebook_ads.reports
    return configured(reports, ConfiguredReport, taken=TAKEN, source=SOURCE)


def added_streams(added: Mapping[str, ConfiguredReport]) -> Mapping[str, Stream]:
    return {name: one.stream(name) for name, one in added.items()}


def refuse_impossible(name: str, report: Insights) -> None:
    """Hold the report against the fields of Meta's library and the combinations of its pages.

    Raises:
        MisconfiguredSetting: a field or breakdown is not there, may not be asked beside another,
            or holds something else than it is landed as.
    """
    wrong = [*_unknown(report), *_apart(report)]
    if wrong:
        raise MisconfiguredSetting(
            f"Meta cannot answer the report {name!r}: {'; '.join(wrong)}.",
            cure="Correct facebook_ads.reports in sources.yaml by Meta's list of fields.",
            source=SOURCE,
        )


def _unknown(report: Insights) -> Iterator[str]:
    # 0.3 s at import
    from facebook_business.adobjects.adsinsights import AdsInsights  # noqa: PLC0415

    types: Mapping[str, str] = AdsInsights._field_types  # noqa: SLF001  no other door
    known = {value for key, value in vars(AdsInsights.Breakdowns).items() if key[0] != "_"}
    for breakdown in report.breakdowns:
        if breakdown not in known:
            yield f"there is no breakdown {breakdown}"
    for column in report.columns:
        if column.path in report.breakdowns:
            if column.kind != "text":
                yield f"{column.path} is broken down by, and landed as text"
        elif column.path not in types:
            yield f"there is no field {column.path}"
        elif column.kind not in LANDED_AS.get(types[column.path], ()):
            allowed = " or ".join(LANDED_AS.get(types[column.path], ("nothing",)))
            yield f"{column.path} is landed as {allowed}, not as {column.kind}"


def _apart(report: Insights) -> Iterator[str]:
    asked = set(report.breakdowns)
    if asked and not any(asked <= together for together in TOGETHER):
        yield f"Meta does not break down by {', '.join(report.breakdowns)} together"
    acted = [column.path for column in report.columns if column.kind == "actions"]
    partial = sorted(asked & WITHOUT_OUTSIDE_ACTIONS)
    if acted and partial:
        yield f"by {', '.join(partial)} {acted[0]} lacks what happened outside of Meta"
