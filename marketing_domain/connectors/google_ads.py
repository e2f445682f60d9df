"""Connector to Google Ads: asks in GAQL, yields pulls.

Belongs here: asking, and reading the answer column by column. Does not: which fields make a
stream (google_ads_streams.py), currency, time zones, anything another platform also has
(metrics/), any Dagster object.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from marketing_domain.connectors import google_ads_levels, google_ads_streams
from marketing_domain.connectors.google_ads_client import (
    API_VERSION,
    RETIRES_ON,
    SOURCE,
    classifier,
    credentials_for,
    service_for,
)
from marketing_domain.connectors.google_ads_levels import PLACE_NAMES, with_place_names
from marketing_domain.connectors.google_ads_reports import (
    ConfiguredReport,
    FieldFact,
    added_streams,
    catalogue_query,
    configured_reports,
    fact_of,
    refuse_impossible,
)
from marketing_domain.connectors.google_ads_streams import (
    CONTROL,
    TYPES,
    Column,
    Report,
    fields_of,
)
from marketing_domain.settings import GoogleAdsSettings, google_ads_settings
from shared_policies.platform.days import DayRange, local_day, now
from shared_policies.platform.errors import AnswerBroken, MisconfiguredSetting, PipelineError
from shared_policies.platform.requests import RequestPolicy
from shared_policies.platform.streams import Account, AccountListing, Interface, Pull, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

REPORTS: Mapping[str, Report] = {**google_ads_streams.REPORTS, **google_ads_levels.REPORTS}
STREAMS: Mapping[str, Stream] = {**google_ads_streams.STREAMS, **google_ads_levels.STREAMS}
ROWS_AT_ONCE = 1_000


def connect() -> GoogleAdsConnector:
    """The connector for the credentials in the environment, or for the sandbox.

    Raises:
        MisconfiguredSetting: half of the credentials are set.
    """
    settings = google_ads_settings()
    policy = RequestPolicy.of_source(
        SOURCE,
        timeout_seconds=settings.request_timeout_seconds,
        longest_wait_seconds=120.0,
        requests_per_second=settings.requests_per_second,
        secrets=settings.secrets,
        sandbox=settings.sandbox,
    )
    return GoogleAdsConnector(settings=settings, policy=policy, added=configured_reports())


@dataclass(kw_only=True)
class GoogleAdsConnector:
    """Google Ads below one manager account; `added` are the reports of sources.yaml."""

    settings: GoogleAdsSettings
    policy: RequestPolicy
    now: Callable[[], datetime] = field(default=now)
    added: Mapping[str, ConfiguredReport] = field(default_factory=dict)
    source: str = field(default=SOURCE, init=False)
    streams: Mapping[str, Stream] = field(init=False)

    def __post_init__(self) -> None:
        self.streams = {**STREAMS, **added_streams(self.added)}
        self._possible: set[str] = set()
        self._credentials = credentials_for(self.settings)
        self._classify = classifier(self._credentials)

    @property
    def sandbox(self) -> bool:
        return self.settings.sandbox

    @property
    def interface(self) -> Interface:
        return Interface(
            library="google-ads",
            version=API_VERSION,
            retires_on=RETIRES_ON,
            clock_url=self.settings.token_uri,
        )

    def accounts(self) -> AccountListing:
        """Every client account below the manager; cancelled and closed ones are unreadable.

        Raises:
            CredentialsRejected: the manager account cannot be asked.
        """
        manager = str(self.settings.login_customer_id)
        found = self._table(
            manager,
            None,
            Report(
                "customer_client",
                fields_of(
                    "customer_client",
                    ("id", "id", "id"),
                    ("manager", "manager", "flag"),
                    ("status", "status", "enum"),
                    ("name", "descriptive_name", "text"),
                    ("currency", "currency_code", "text"),
                    ("time_zone", "time_zone", "text"),
                ),
                dated=False,
            ),
        ).to_pylist()
        clients = [row for row in found if not row["manager"]]
        return AccountListing(
            readable=[_account(row) for row in clients if row["status"] == "ENABLED"],
            unreadable={
                row["id"]: _not_enabled(row) for row in clients if row["status"] != "ENABLED"
            },
        )

    def pull(self, stream: Stream, account: Account, days: DayRange) -> Pull:
        """See Connector.pull; `requests` counts the queries that were answered."""
        pulled_at = self.now()
        report = self._report(stream.name)
        ask = partial(self._table, account.account_id)
        if stream.snapshot:
            parts = [ask(None, report)]
            today = local_day(pulled_at, time_zone=account.time_zone)
            parts = [_with_day(parts[0], today)]
        else:
            parts = self.policy.in_parts(days, lambda part: ask(part, report))
        closes = bool(stream.must_close or stream.residual)
        totals = self.policy.in_parts(days, lambda part: ask(part, CONTROL)) if closes else []
        rows = pa.concat_tables(parts)
        if PLACE_NAMES.keys() <= set(stream.schema.names):
            rows = with_place_names(rows, partial(ask, None))
        ids = pa.array([account.account_id] * rows.num_rows, type=pa.string())
        return Pull(
            stream=stream,
            account=account,
            days=days,
            pulled_at=pulled_at,
            rows=rows.append_column("account_id", ids),
            control_totals=pa.concat_tables(totals) if closes else None,
            requests=len(parts) + len(totals),
            sandbox=self.sandbox,
        )

    def _report(self, name: str) -> Report:
        """Raises MisconfiguredSetting for a report of sources.yaml that Google cannot answer."""
        if name in REPORTS:
            return REPORTS[name]
        report = self.added[name].report
        if name not in self._possible:
            refuse_impossible(name, report, self._facts(report))
            self._possible.add(name)
        return report

    def _facts(self, report: Report) -> list[FieldFact]:
        request = {"query": catalogue_query(report), "page_size": 10_000}

        def send(timeout: float) -> list[FieldFact]:
            service = service_for(self.settings, self._credentials, "GoogleAdsFieldService")
            found = service.search_google_ads_fields(request=request, timeout=timeout)
            return [fact_of(one) for one in found]

        return self.policy.call(send, account_id=None, days=None, classify=self._classify)

    def _table(self, customer_id: str, days: DayRange | None, report: Report) -> pa.Table:
        query = gaql(report, days)

        def send(timeout: float) -> pa.Table:
            # The stream dies with its service, so both are held until it is read.
            service = service_for(self.settings, self._credentials)
            batches = service.search_stream(customer_id=customer_id, query=query, timeout=timeout)
            return decode(batches, report, account_id=customer_id, days=days)

        return self.policy.call(send, account_id=customer_id, days=days, classify=self._classify)


def gaql(report: Report, days: DayRange | None) -> str:
    """GAQL's BETWEEN includes both ends."""
    fields = ", ".join(column.path for column in report.columns)
    query = f"SELECT {fields} FROM {report.resource}"  # noqa: S608  field names of ours
    if days is None:
        return f"{query} WHERE {report.where}" if report.where else query
    return f"{query} WHERE segments.date BETWEEN '{days.start}' AND '{days.last_day}'"


def decode(batches: Any, report: Report, *, account_id: str, days: DayRange | None) -> pa.Table:  # noqa: ANN401
    """The streamed messages as one table of the report's columns.

    Raises:
        AnswerBroken: the platform answered other fields than it was asked for. A field that was
            not selected reads as 0, so the field mask is the only witness.
    """
    asked = {column.path for column in report.columns}
    tables = [pa.table({c.name: pa.array([], TYPES[c.kind]) for c in report.columns})]
    for batch in batches:
        if set(batch.field_mask.paths) != asked:
            raise AnswerBroken(
                f"the answer holds the fields {sorted(batch.field_mask.paths)}, "
                f"asked for were {sorted(asked)}. Nothing was landed.",
                cure="Compare the field names with the API version in use.",
                source=SOURCE,
                account_id=account_id,
                days=days,
            )
        values = _values(batch.results, report.columns)
        row_type = batch.DESCRIPTOR.fields_by_name["results"].message_type
        tables.append(
            pa.table({c.name: _column(values[c.name], c, row_type) for c in report.columns})
        )
    return pa.concat_tables(tables)


def _values(rows: Any, columns: tuple[Column, ...]) -> dict[str, list[Any]]:  # noqa: ANN401
    """Each column's values, by its name.

    A message is wrapped for Python whenever it is reached, and most fields have their parent in
    common: each parent is reached once, and a few rows are finished while they are in the cache
    (267,000 rows of ad_day a second; field by field over all rows 122,000).
    """
    values: dict[str, list[Any]] = {column.name: [] for column in columns}
    readers: dict[str, list[tuple[list[Any], attrgetter[Any]]]] = {}
    for column in columns:
        parent, _, name = _path(column).rpartition(".")
        readers.setdefault(parent, []).append((values[column.name], attrgetter(name)))
    for start in range(0, len(rows), ROWS_AT_ONCE):
        few = rows[start : start + ROWS_AT_ONCE]
        for parent, fields in readers.items():
            messages = list(map(attrgetter(parent), few))
            for found, read in fields:
                found.extend(map(read, messages))
    return values


def _path(column: Column) -> str:
    """GAQL says `type` where Python's protobuf says `type_`."""
    return f"{column.path}_" if column.path.endswith(".type") else column.path


def _column(values: list[Any], column: Column, row_type: Any) -> pa.Array:  # noqa: ANN401
    match column.kind:
        case "id":
            return pa.array(values, pa.int64()).cast(pa.string())
        case "tail":
            return pa.array([value.rsplit("/", 1)[-1] for value in values], pa.string())
        case "first":
            return pa.array([value[0] if value else "" for value in values], pa.string())
        case "enum":
            names = _enum_names(row_type, _path(column))
            # A value that the client library does not know yet arrives as its number.
            return pa.array([names.get(value, str(value)) for value in values], pa.string())
        case "day":
            return pa.array(values, pa.string()).cast(pa.date32())
        case "text" | "whole" | "fraction" | "flag":
            return pa.array(values, TYPES[column.kind])


def _enum_names(message: Any, path: str) -> dict[int, str]:  # noqa: ANN401
    *parents, name = path.split(".")
    for parent in parents:
        message = message.fields_by_name[parent].message_type
    values = message.fields_by_name[name].enum_type.values_by_number
    return {number: value.name for number, value in values.items()}


def _with_day(rows: pa.Table, today: Any) -> pa.Table:  # noqa: ANN401
    return rows.append_column("account_day", pa.array([today] * rows.num_rows, pa.date32()))


def _account(row: Mapping[str, Any]) -> Account:
    return Account(
        source=SOURCE,
        account_id=row["id"],
        name=row["name"],
        currency=row["currency"],
        time_zone=row["time_zone"],
    )


def _not_enabled(row: Mapping[str, Any]) -> PipelineError:
    return MisconfiguredSetting(
        f"{row['name']} is {row['status']}, so Google answers no reports for it.",
        cure="Re-enable it in Google Ads, or ignore this if it is meant to be closed.",
        source=SOURCE,
        account_id=row["id"],
    )
