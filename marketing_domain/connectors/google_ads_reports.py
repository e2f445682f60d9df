"""Reports of Google Ads that sources.yaml adds, held against Google's own catalogue of fields.

Belongs here: the form of such a report, what Google says of its fields. Does not: asking for it
(google_ads.py), the reports that products are made of (google_ads_streams.py).
Source: developers.google.com/google-ads/api/docs/concepts/field-service.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from marketing_domain.connectors import google_ads_levels, google_ads_streams
from marketing_domain.connectors.google_ads_client import SOURCE
from marketing_domain.connectors.google_ads_streams import (
    DAY,
    Column,
    Kind,
    Report,
    stream_of,
)
from marketing_domain.settings import chosen_sources
from shared_policies.platform.errors import MisconfiguredSetting
from shared_policies.platform.source_choice import ColumnName, FieldPath, configured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from shared_policies.platform.streams import Stream

TAKEN = {*google_ads_streams.STREAMS, *google_ads_levels.STREAMS}
# What the catalogue says a field holds, and how it may be landed.
LANDED_AS: Mapping[str, tuple[Kind, ...]] = {
    "BOOLEAN": ("flag",),
    "DATE": ("text",),
    "DOUBLE": ("fraction",),
    "ENUM": ("enum",),
    "FLOAT": ("fraction",),
    "INT32": ("whole",),
    "INT64": ("whole", "id"),
    "RESOURCE_NAME": ("tail", "text"),
    "STRING": ("text",),
    "UINT64": ("whole",),
}


class ConfiguredReport(BaseModel):
    """A report by account-local day. `columns` are [GAQL's field, how it is landed] by our name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str = Field(min_length=1)
    resource: str = Field(alias="from", pattern=r"^[a-z_]+$")
    columns: dict[ColumnName, tuple[FieldPath, Kind]] = Field(min_length=1)
    grain: tuple[str, ...]

    @model_validator(mode="after")
    def _is_a_report(self) -> Self:
        missing = sorted(set(self.grain) - self.columns.keys())
        if missing:
            raise ValueError(f"grain names {', '.join(missing)}, which is no column")
        return self

    @property
    def report(self) -> Report:
        asked = [Column(name, path, kind) for name, (path, kind) in self.columns.items()]
        return Report(self.resource, (DAY, *asked), dated=True)

    def stream(self, name: str) -> Stream:
        return stream_of(name, self.report, self.description, grain=self.grain)


@dataclass(frozen=True, slots=True)
class FieldFact:
    """What the catalogue says of a field, or of a resource: `beside` may stand in one query."""

    name: str
    selectable: bool
    repeated: bool
    data_type: str
    beside: frozenset[str]


def configured_reports() -> Mapping[str, ConfiguredReport]:
    """What sources.yaml adds.

    Raises:
        MisconfiguredSetting: a report has not the form, or the name of a stream of ours.
    """
    reports = chosen_sources().google_ads.reports
    return configured(reports, ConfiguredReport, taken=TAKEN, source=SOURCE)


def added_streams(added: Mapping[str, ConfiguredReport]) -> Mapping[str, Stream]:
    return {name: one.stream(name) for name, one in added.items()}


def catalogue_query(report: Report) -> str:
    """In the field service's own dialect: the report's fields and its resource."""
    names = ", ".join(f"'{name}'" for name in [report.resource, *_paths(report)])
    return (
        "SELECT name, selectable, is_repeated, data_type, selectable_with, attribute_resources,"
        f" metrics, segments WHERE name IN ({names})"
    )


def refuse_impossible(name: str, report: Report, facts: Iterable[FieldFact]) -> None:
    """Hold the report against the catalogue.

    Raises:
        MisconfiguredSetting: a field is not there, may not be selected, may not stand beside
            another, or holds something else than it is landed as.
    """
    known = {fact.name: fact for fact in facts}
    wrong = [*_missing(report, known), *_mistaken(report, known), *_apart(report, known)]
    if wrong:
        raise MisconfiguredSetting(
            f"Google Ads cannot answer the report {name!r}: {'; '.join(wrong)}.",
            cure="Correct google_ads.reports in sources.yaml by Google's list of fields.",
            source=SOURCE,
        )


def fact_of(field: Any) -> FieldFact:  # noqa: ANN401
    """From the SDK's GoogleAdsField, as plain protobuf."""
    # The SDK's own client wraps what a plain channel does not.
    field = type(field).pb(field) if hasattr(type(field), "pb") else field
    types = field.DESCRIPTOR.fields_by_name["data_type"].enum_type.values_by_number
    return FieldFact(
        name=field.name,
        selectable=field.selectable,
        repeated=field.is_repeated,
        data_type=types[field.data_type].name,
        beside=frozenset(
            [*field.selectable_with, *field.attribute_resources, *field.metrics, *field.segments]
        ),
    )


def _paths(report: Report) -> list[str]:
    return [column.path for column in report.columns]


def _missing(report: Report, known: Mapping[str, FieldFact]) -> Iterator[str]:
    for path in [report.resource, *_paths(report)]:
        if path not in known:
            yield f"{path} does not exist"
        elif path != report.resource and not known[path].selectable:
            yield f"{path} may not be selected"


def _mistaken(report: Report, known: Mapping[str, FieldFact]) -> Iterator[str]:
    for column in report.columns:
        fact = known.get(column.path)
        if fact is None or column is DAY:
            continue
        allowed = ("first",) if fact.repeated else LANDED_AS.get(fact.data_type, ())
        if column.kind not in allowed:
            yield (
                f"{column.path} is {fact.data_type}, which is landed as"
                f" {' or '.join(allowed) or 'nothing'}, not as {column.kind}"
            )


def _apart(report: Report, known: Mapping[str, FieldFact]) -> Iterator[str]:
    """Segments and metrics name what they go with; attributes go with their own resource."""
    resource = known.get(report.resource)
    if resource is None:
        return
    split = [one for one in _paths(report) if one.startswith(("segments.", "metrics."))]
    for path in _paths(report):
        head = path.partition(".")[0]
        named = path if path in split else head
        if head != report.resource and path in known and named not in resource.beside:
            yield f"{path} may not be selected from {report.resource}"
    for segment in split:
        for metric in split:
            if segment.startswith("segments.") and metric.startswith("metrics."):
                fact = known.get(segment)
                if fact is not None and metric not in fact.beside:
                    yield f"{metric} is not given by {segment}"
