"""Reports of Google Analytics that sources.yaml adds, held against a property's own catalogue.

Belongs here: the form of such a report, what Google says of its fields. Does not: asking for it
(google_analytics.py), the reports that products are made of (google_analytics_streams.py).
Source: developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from marketing_domain.connectors import google_analytics_streams
from marketing_domain.connectors.google_analytics_client import SOURCE
from marketing_domain.connectors.google_analytics_streams import DAY, STREAMS, Report, stream_of
from marketing_domain.settings import chosen_sources
from shared_policies.platform.errors import MisconfiguredSetting
from shared_policies.platform.source_choice import ColumnName, FieldPath, configured

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shared_policies.platform.streams import Stream

Landed = Literal["text", "id", "whole", "fraction"]
DIMENSION: tuple[Landed, ...] = ("text", "id")
# What the catalogue says a metric holds, and how it may be landed.
LANDED_AS: Mapping[str, tuple[Landed, ...]] = {"TYPE_INTEGER": ("whole", "fraction")}
NUMBER: tuple[Landed, ...] = ("fraction",)


class ConfiguredReport(BaseModel):
    """A report by the property's day: dimensions are the grain, the other columns metrics.

    `columns` are [the Data API's name, how it is landed] by our name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str = Field(min_length=1)
    columns: dict[ColumnName, tuple[FieldPath, Landed]] = Field(min_length=1)
    grain: tuple[str, ...]

    @model_validator(mode="after")
    def _is_a_report(self) -> Self:
        missing = sorted(set(self.grain) - self.columns.keys())
        if missing:
            raise ValueError(f"grain names {', '.join(missing)}, which is no column")
        if not self.columns.keys() - set(self.grain):
            raise ValueError("every column is in the grain: name a metric too")
        return self

    @property
    def report(self) -> Report:
        asked = {
            name: google_analytics_streams.Field(name, api_name, kind)
            for name, (api_name, kind) in self.columns.items()
        }
        return Report(
            dimensions=(DAY, *(asked[name] for name in self.grain)),
            metrics=tuple(one for name, one in asked.items() if name not in self.grain),
        )

    def stream(self, name: str) -> Stream:
        return stream_of(name, self.report, self.description, grain=self.grain)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A property's fields, custom ones too; `apart` are those that cannot be asked together."""

    dimensions: frozenset[str]
    metric_types: Mapping[str, str]
    apart: tuple[str, ...]


def configured_reports() -> Mapping[str, ConfiguredReport]:
    """What sources.yaml adds.

    Raises:
        MisconfiguredSetting: a report has not the form, or the name of a stream of ours.
    """
    reports = chosen_sources().google_analytics.reports
    return configured(reports, ConfiguredReport, taken=STREAMS, source=SOURCE)


def added_streams(added: Mapping[str, ConfiguredReport]) -> Mapping[str, Stream]:
    return {name: one.stream(name) for name, one in added.items()}


def catalogue_of(metadata: Any, compatibility: Any) -> Catalogue:  # noqa: ANN401
    """From the SDK's Metadata and CheckCompatibilityResponse, as plain protobuf.

    `compatibility` is None where a field does not exist, which the API refuses to judge.
    """
    apart = [
        getattr(one, f"{kind}_metadata").api_name
        for kind in ("dimension", "metric")
        for one in getattr(compatibility, f"{kind}_compatibilities", ())
        if _enum_name(one, "compatibility") == "INCOMPATIBLE"
    ]
    return Catalogue(
        dimensions=frozenset(one.api_name for one in metadata.dimensions),
        metric_types={one.api_name: _enum_name(one, "type_") for one in metadata.metrics},
        apart=tuple(apart),
    )


def _enum_name(message: Any, field: str) -> str:  # noqa: ANN401
    number = getattr(message, field)
    found = message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_number.get(number)
    # A value that the client library does not know yet arrives as its number.
    return found.name if found else str(number)


def unknown_fields(report: Report, catalogue: Catalogue) -> list[str]:
    unknown = [
        f"there is no dimension {one.api_name}"
        for one in report.dimensions
        if one.api_name not in catalogue.dimensions
    ]
    return unknown + [
        f"there is no metric {one.api_name}"
        for one in report.metrics
        if one.api_name not in catalogue.metric_types
    ]


def refuse_impossible(name: str, report: Report, catalogue: Catalogue, *, account_id: str) -> None:
    """Hold the report against the property's catalogue.

    Raises:
        MisconfiguredSetting: a field is not there, may not be asked beside the others, or holds
            something else than it is landed as.
    """
    wrong = [*unknown_fields(report, catalogue), *_mistaken(report, catalogue)]
    if catalogue.apart:
        wrong.append(f"{', '.join(catalogue.apart)} may not be asked beside the others")
    if wrong:
        raise MisconfiguredSetting(
            f"Google Analytics cannot answer the report {name!r}: {'; '.join(wrong)}.",
            cure="Correct google_analytics.reports in sources.yaml by Google's list of dimensions"
            " and metrics, or leave the property out.",
            source=SOURCE,
            account_id=account_id,
        )


def _mistaken(report: Report, catalogue: Catalogue) -> Iterator[str]:
    for one in report.dimensions[1:]:
        if one.kind not in DIMENSION:
            yield f"{one.api_name} is a dimension, landed as {' or '.join(DIMENSION)}"
    for one in report.metrics:
        held = catalogue.metric_types.get(one.api_name)
        allowed = LANDED_AS.get(held or "", NUMBER)
        if held is not None and one.kind not in allowed:
            yield f"{one.api_name} is {held}, landed as {' or '.join(allowed)}, not {one.kind}"
