"""Connector to Google Analytics 4: asks for reports and settings, yields pulls.

Belongs here: asking. Does not: which fields make a stream (google_analytics_streams.py), reading
answers (google_analytics_answers.py), what traffic belongs to which campaign (dbt), any Dagster
object.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from marketing_domain.connectors.google_analytics_answers import Answer, read
from marketing_domain.connectors.google_analytics_client import (
    API_VERSION,
    SOURCE,
    admin_client,
    classifier,
    credentials_for,
    data_client,
)
from marketing_domain.connectors.google_analytics_reports import (
    Catalogue,
    ConfiguredReport,
    added_streams,
    catalogue_of,
    configured_reports,
    refuse_impossible,
    unknown_fields,
)
from marketing_domain.connectors.google_analytics_streams import (
    CONTROL,
    REPORTS,
    SETTINGS,
    STREAMS,
    TYPES,
    Report,
    Setting,
)
from marketing_domain.settings import (
    GoogleAnalyticsSettings,
    chosen_sources,
    google_analytics_settings,
)
from shared_policies.platform.days import DayRange, local_day, now
from shared_policies.platform.errors import AnswerBroken, PermissionMissing, PipelineError
from shared_policies.platform.requests import RequestPolicy
from shared_policies.platform.streams import Account, AccountListing, Interface, Pull, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime

# The API's own default is 10,000 and its most 250,000.
ROWS_PER_PAGE = 100_000


def connect() -> GoogleAnalyticsConnector:
    """The connector for the credentials in the environment, or for the sandbox.

    Raises:
        MisconfiguredSetting: half of the credentials are set.
    """
    settings = google_analytics_settings()
    policy = RequestPolicy.of_source(
        SOURCE,
        timeout_seconds=settings.request_timeout_seconds,
        longest_wait_seconds=120.0,
        requests_per_second=settings.requests_per_second,
        secrets=settings.secrets,
        sandbox=settings.sandbox,
    )
    return GoogleAnalyticsConnector(
        settings=settings,
        policy=policy,
        chosen=chosen_sources().google_analytics.accounts,
        added=configured_reports(),
    )


@dataclass(kw_only=True)
class GoogleAnalyticsConnector:
    """Google Analytics properties; a property is what an account is elsewhere.

    `chosen` properties are asked for by id, for who may not list them; `added` are the reports of
    sources.yaml.
    """

    settings: GoogleAnalyticsSettings
    policy: RequestPolicy
    chosen: tuple[str, ...] = ()
    added: Mapping[str, ConfiguredReport] = field(default_factory=dict)
    page_size: int = ROWS_PER_PAGE
    now: Callable[[], datetime] = field(default=now)
    source: str = field(default=SOURCE, init=False)
    streams: Mapping[str, Stream] = field(init=False)

    def __post_init__(self) -> None:
        self.streams = {**STREAMS, **added_streams(self.added)}
        self._possible: set[tuple[str, str]] = set()
        self._credentials = credentials_for(self.settings)
        self._classify = classifier(self._credentials)

    @property
    def sandbox(self) -> bool:
        return self.settings.sandbox

    @property
    def interface(self) -> Interface:
        return Interface(
            library="google-analytics-data",
            version=API_VERSION,
            retires_on=None,
            clock_url=self.settings.token_uri,
        )

    def accounts(self) -> AccountListing:
        """Every property that is asked for, or else every one that the credentials reach.

        Raises:
            CredentialsRejected: no property can be listed.
        """
        readable: list[Account] = []
        unreadable: dict[str, PipelineError] = {}
        for property_id in self.chosen or self._listed():
            try:
                [found] = self._setting_messages("property", property_id)
            except PermissionMissing as error:
                unreadable[property_id] = error
            else:
                readable.append(
                    Account(
                        source=SOURCE,
                        account_id=property_id,
                        name=found.display_name,
                        currency=found.currency_code,
                        time_zone=found.time_zone,
                    )
                )
        return AccountListing(readable=readable, unreadable=unreadable)

    def pull(self, stream: Stream, account: Account, days: DayRange) -> Pull:
        """See Connector.pull; `requests` counts the requests that were answered.

        Each day is asked by itself, because Google says of a whole answer whether it is sampled
        or thresholded.
        """
        pulled_at = self.now()
        if stream.snapshot:
            return self._snapshot(stream, account, days, pulled_at)
        report = self._asked(stream.name, account.account_id)
        answers = {day: self._report(account, DayRange.single(day), report) for day in days}
        control = self._report(account, days, CONTROL) if stream.residual else None
        rows = pa.concat_tables([answer.rows for answer in answers.values()])
        ids = pa.array([account.account_id] * rows.num_rows, type=pa.string())
        asked = [*answers.values(), *([control] if control else [])]
        return Pull(
            stream=stream,
            account=account,
            days=days,
            pulled_at=pulled_at,
            rows=rows.append_column("account_id", ids),
            control_totals=control.rows if control else None,
            requests=sum(answer.pages for answer in asked),
            sandbox=self.sandbox,
            quality={day: answer.quality for day, answer in answers.items()},
        )

    def _snapshot(
        self, stream: Stream, account: Account, days: DayRange, pulled_at: datetime
    ) -> Pull:
        messages = self._setting_messages(stream.name, account.account_id)
        today = local_day(pulled_at, time_zone=account.time_zone)
        return Pull(
            stream=stream,
            account=account,
            days=days,
            pulled_at=pulled_at,
            rows=settings_table(messages, SETTINGS[stream.name], account.account_id, today),
            control_totals=None,
            requests=1,
            sandbox=self.sandbox,
        )

    def _asked(self, name: str, account_id: str) -> Report:
        """Raises MisconfiguredSetting for a report of sources.yaml that the property lacks."""
        if name in REPORTS:
            return REPORTS[name]
        report = self.added[name].report
        if (name, account_id) not in self._possible:
            catalogue = self._catalogue(report, account_id)
            refuse_impossible(name, report, catalogue, account_id=account_id)
            self._possible.add((name, account_id))
        return report

    def _catalogue(self, report: Report, account_id: str) -> Catalogue:
        named = f"properties/{account_id}"
        together = {
            "property": named,
            "dimensions": [{"name": one.api_name} for one in report.dimensions],
            "metrics": [{"name": one.api_name} for one in report.metrics],
        }

        def send(timeout: float) -> Catalogue:
            how: dict[str, Any] = {"retry": None, "timeout": timeout}
            data = self._data
            metadata = data.get_metadata(request={"name": f"{named}/metadata"}, **how)
            found = catalogue_of(type(metadata).pb(metadata), None)
            if unknown_fields(report, found):
                return found
            told = data.check_compatibility(request=together, **how)
            return catalogue_of(type(metadata).pb(metadata), type(told).pb(told))

        return self.policy.call(send, account_id=account_id, days=None, classify=self._classify)

    def _report(self, account: Account, days: DayRange, report: Report) -> Answer:
        """Raises AnswerBroken also for a report on another clock or in another currency."""

        def ask(offset: int) -> Any:  # noqa: ANN401
            request = run_report_request(
                account.account_id, days, report, offset=offset, limit=self.page_size
            )

            def send(timeout: float) -> Any:  # noqa: ANN401
                response = self._data.run_report(request=request, retry=None, timeout=timeout)
                return type(response).pb(response)

            return self.policy.call(
                send, account_id=account.account_id, days=days, classify=self._classify
            )

        answer = read(
            ask, report, page_size=self.page_size, account_id=account.account_id, days=days
        )
        told = (answer.currency or account.currency, answer.time_zone or account.time_zone)
        if told != (account.currency, account.time_zone):
            raise AnswerBroken(
                f"the report is in {told[0]} by the clock of {told[1]}, the property in "
                f"{account.currency} by that of {account.time_zone}. Nothing was landed.",
                cure="The property was changed in between: run again.",
                source=SOURCE,
                account_id=account.account_id,
                days=days,
            )
        return answer

    def _listed(self) -> list[str]:
        """The ids of all properties that the credentials see."""

        def send(timeout: float) -> list[str]:
            pages = self._admin.list_account_summaries(request={}, retry=None, timeout=timeout)
            return [
                summary.property.removeprefix("properties/")
                for account in pages
                for summary in type(account).pb(account).property_summaries
            ]

        found = self.policy.call(send, account_id=None, days=None, classify=self._classify)
        return list(dict.fromkeys(found))

    def _setting_messages(self, stream_name: str, property_id: str) -> list[Any]:
        name = f"properties/{property_id}"

        def send(timeout: float) -> list[Any]:
            admin, how = self._admin, {"retry": None, "timeout": timeout}
            if stream_name == "property":
                found = [admin.get_property(request={"name": name}, **how)]
            elif stream_name == "key_event":
                found = list(admin.list_key_events(request={"parent": name}, **how))
            else:
                named = {"name": f"{name}/attributionSettings"}
                found = [admin.get_attribution_settings(request=named, **how)]
            return [type(message).pb(message) for message in found]

        return self.policy.call(send, account_id=property_id, days=None, classify=self._classify)

    @cached_property
    def _data(self) -> Any:  # noqa: ANN401
        return data_client(self.settings, self._credentials)

    @cached_property
    def _admin(self) -> Any:  # noqa: ANN401
        return admin_client(self.settings, self._credentials)


def run_report_request(
    property_id: str, days: DayRange, report: Report, *, offset: int, limit: int
) -> dict[str, Any]:
    """The Data API's date ranges include both ends; a total order keeps pages apart."""
    request: dict[str, Any] = {
        "property": f"properties/{property_id}",
        "dimensions": [{"name": field.api_name} for field in report.dimensions],
        "metrics": [{"name": field.api_name} for field in report.metrics],
        "date_ranges": [{"start_date": str(days.start), "end_date": str(days.last_day)}],
        "order_bys": [
            {"dimension": {"dimension_name": field.api_name}} for field in report.dimensions
        ],
        "offset": offset,
        "limit": limit,
    }
    if report.key_events_only:
        exact = {"value": "true", "match_type": "EXACT"}
        request["dimension_filter"] = {
            "filter": {"field_name": "isKeyEvent", "string_filter": exact}
        }
    return request


def settings_table(
    messages: Sequence[Any], settings: Sequence[Setting], account_id: str, today: date
) -> pa.Table:
    columns = {
        "account_id": pa.array([account_id] * len(messages), pa.string()),
        "account_day": pa.array([today] * len(messages), pa.date32()),
    }
    for setting in settings:
        values = [_value(message, setting) for message in messages]
        columns[setting.name] = pa.array(values, TYPES[setting.kind])
    return pa.table(columns)


def _value(message: Any, setting: Setting) -> Any:  # noqa: ANN401
    *parents, name = setting.path.split(".")
    for parent in parents:
        if setting.kind == "amount" and not message.HasField(parent):
            return None
        message = getattr(message, parent)
    value = getattr(message, name)
    if setting.kind == "enum":
        known = message.DESCRIPTOR.fields_by_name[name].enum_type.values_by_number.get(value)
        # A value that the client library does not know yet arrives as its number.
        return known.name if known else str(value)
    return value
