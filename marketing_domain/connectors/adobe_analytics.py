"""Connector to Adobe Analytics 2.0: asks for reports and report suites, yields pulls.

Belongs here: request shape, an hour's breakdown. Does not: which metrics make a stream
(adobe_analytics_streams.py), reading answers (adobe_analytics_answers.py), what a tracking code is
of which campaign (dbt), any Dagster object.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

import pyarrow as pa

from marketing_domain.connectors.adobe_analytics_answers import Answer, hour_of, read
from marketing_domain.connectors.adobe_analytics_client import (
    API_VERSION,
    SOURCE,
    ServerToServer,
    body_of,
    classifier,
    client_for,
)
from marketing_domain.connectors.adobe_analytics_days import SuiteDay, table
from marketing_domain.connectors.adobe_analytics_streams import (
    HOUR,
    REPORTS,
    STREAMS,
    SUITE_COLUMNS,
    Report,
    asked_metrics,
)
from marketing_domain.settings import (
    AdobeAnalyticsSettings,
    adobe_analytics_settings,
    chosen_sources,
)
from shared_policies.platform.days import DayRange, local_day, now
from shared_policies.platform.errors import AnswerBroken
from shared_policies.platform.requests import RequestPolicy
from shared_policies.platform.streams import Account, AccountListing, Interface, Pull, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date, datetime

    import httpx

# The API's own default is 50 and its most 50,000.
ITEMS_PER_PAGE = 10_000
SUITES_PER_PAGE = 100
EXPANSION = "name,currency,timezoneZoneinfo,parentRsid"


class Where(TypedDict):
    """What an error says of its place."""

    account_id: str
    days: DayRange


def connect() -> AdobeAnalyticsConnector:
    """The connector for the credentials in the environment, or for the sandbox.

    Raises:
        MisconfiguredSetting: some of the credentials are set and others are not.
    """
    settings = adobe_analytics_settings()
    policy = RequestPolicy.of_source(
        SOURCE,
        timeout_seconds=settings.request_timeout_seconds,
        longest_wait_seconds=max(120.0, settings.quota_wait_seconds),
        requests_per_second=settings.requests_per_second,
        secrets=settings.secrets,
        sandbox=settings.sandbox,
        rate_is_per="user",
    )
    return AdobeAnalyticsConnector(
        settings=settings, policy=policy, chosen=chosen_sources().adobe_analytics.accounts
    )


@dataclass(kw_only=True)
class AdobeAnalyticsConnector:
    """Report suites; a suite is what an account is elsewhere.

    A virtual report suite shows a part of another one again, so it is only pulled if it is among
    the `chosen`.
    """

    settings: AdobeAnalyticsSettings
    policy: RequestPolicy
    chosen: tuple[str, ...] = ()
    page_size: int = ITEMS_PER_PAGE
    now: Callable[[], datetime] = field(default=now)
    source: str = field(default=SOURCE, init=False)
    streams: Mapping[str, Stream] = field(default_factory=lambda: STREAMS, init=False)

    def __post_init__(self) -> None:
        self._classify = classifier(self.settings)
        self._auth = ServerToServer(self.settings)

    @property
    def sandbox(self) -> bool:
        return self.settings.sandbox

    @property
    def interface(self) -> Interface:
        return Interface(
            library="httpx",
            version=API_VERSION,
            retires_on=None,
            clock_url=self.settings.ims_url,
        )

    def accounts(self) -> AccountListing:
        """Every report suite that the credential's product profiles hold.

        Raises:
            CredentialsRejected: IMS refuses the credential, or it is in no product profile.
        """
        with self._client() as client:
            suites = [*self._suites(client)]
        readable = [
            Account(
                source=SOURCE,
                account_id=suite["rsid"],
                name=suite["name"],
                currency=suite["currency"],
                time_zone=suite["timezoneZoneinfo"],
            )
            for suite in suites
            if not suite.get("parentRsid") or suite["rsid"] in self.chosen
        ]
        return AccountListing(readable=readable, unreadable={})

    def pull(self, stream: Stream, account: Account, days: DayRange) -> Pull:
        """See Connector.pull; `requests` counts the requests that were answered.

        A column that Adobe does not answer is null on every row of the day, and the day's quality
        names it; it also names the segments by which everything was filtered.
        """
        pulled_at = self.now()
        report = REPORTS.get(stream.name)
        if report is None:
            return self._snapshot(stream, account, days, pulled_at)
        with self._client() as client:
            asked = [self._day(client, account, day, report) for day in days]
        named = {"account_id": account.account_id}
        where: Where = {"account_id": account.account_id, "days": days}
        rows = [{**row, **named} for one in asked for row in one.rows]
        totals = [stream.schema.field(name) for name in ("account_day", *stream.residual)]
        segments = {"segment_ids": self.settings.segment_ids} if self.settings.segment_ids else {}
        return Pull(
            stream=stream,
            account=account,
            days=days,
            pulled_at=pulled_at,
            rows=table(rows, stream.schema, **where),
            control_totals=table([one.control for one in asked], pa.schema(totals), **where),
            requests=sum(one.requests for one in asked),
            sandbox=self.sandbox,
            quality={one.day: {**one.quality, **segments} for one in asked},
        )

    def _snapshot(
        self, stream: Stream, account: Account, days: DayRange, pulled_at: datetime
    ) -> Pull:
        with self._client() as client:
            [suite] = [one for one in self._suites(client) if one["rsid"] == account.account_id]
        row = {name: suite.get(theirs, "") for name, theirs in SUITE_COLUMNS.items()}
        today = local_day(pulled_at, time_zone=account.time_zone)
        keys = {"account_id": account.account_id, "account_day": today}
        return Pull(
            stream=stream,
            account=account,
            days=days,
            pulled_at=pulled_at,
            rows=pa.Table.from_pylist([{**keys, **row}], schema=stream.schema),
            control_totals=None,
            requests=1,
            sandbox=self.sandbox,
        )

    def _day(self, client: httpx.Client, account: Account, day: date, report: Report) -> SuiteDay:
        """One report, or one an hour; the first tells in which hours there is anything."""
        if not report.by_hour:
            answer = self._report(client, account, day, report, dimension=report.dimension)
            return SuiteDay.of_whole(day, report, answer)
        by_hour = self._report(client, account, day, report, dimension=report.dimension)
        codes = self.settings.tracking_code_dimension
        found = [
            (
                hour_of(item.item_id),
                self._report(client, account, day, report, dimension=codes, hour=item.item_id),
            )
            for item in by_hour.items
            if any(item.values.values())
        ]
        return SuiteDay.of_hours(day, report, by_hour, found)

    def _report(
        self,
        client: httpx.Client,
        account: Account,
        day: date,
        report: Report,
        *,
        dimension: str,
        hour: str | None = None,
    ) -> Answer:
        """All pages of one report of one day."""
        days, metrics = DayRange.single(day), asked_metrics(report, self.settings)
        request = report_request(
            account.account_id,
            days,
            metrics,
            dimension=dimension,
            segment_ids=self.settings.segment_ids,
            hour=hour,
        )

        def ask(page: int) -> dict[str, Any]:
            settings = {"limit": self.page_size, "page": page, "dimensionSort": "asc"}

            def send(timeout: float) -> dict[str, Any]:
                body = {**request, "settings": settings}
                return body_of(client.post("/reports", json=body, timeout=timeout))

            return self.policy.call(
                send, account_id=account.account_id, days=days, classify=self._classify
            )

        return read(ask, tuple(metrics), account_id=account.account_id, days=days)

    def _suites(self, client: httpx.Client) -> Iterator[dict[str, str]]:
        """Raises AnswerBroken: a suite lacks its currency or time zone."""
        page, pages = 0, 1
        while page < pages:
            body = self._suite_page(client, page)
            for suite in body["content"]:
                if not {"rsid", "name", "currency", "timezoneZoneinfo"} <= suite.keys():
                    raise AnswerBroken(
                        f"the report suite {suite} lacks its name, currency or time zone.",
                        cure="Compare the answer with the API's documentation.",
                        source=SOURCE,
                    )
                yield suite
            page, pages = page + 1, int(body["totalPages"])

    def _suite_page(self, client: httpx.Client, page: int) -> dict[str, Any]:
        params: dict[str, str | int] = {"limit": SUITES_PER_PAGE, "page": page}

        def send(timeout: float) -> dict[str, Any]:
            asked = {**params, "expansion": EXPANSION}
            return body_of(client.get("/collections/suites", params=asked, timeout=timeout))

        return self.policy.call(send, account_id=None, days=None, classify=self._classify)

    def _client(self) -> httpx.Client:
        """To be closed by whoever asks for it; the token outlives it."""
        return client_for(self.settings, self._auth)


def report_request(
    suite_id: str,
    days: DayRange,
    metrics: Mapping[str, str],
    *,
    dimension: str,
    segment_ids: tuple[str, ...],
    hour: str | None,
) -> dict[str, Any]:
    """Columns are named as ours are; `hour` is an item. The API's date ranges exclude their end."""
    within = f"{days.start}T00:00:00.000/{days.end}T00:00:00.000"
    columns: list[dict[str, Any]] = [
        {"columnId": name, "id": api_name} for name, api_name in metrics.items()
    ]
    container: dict[str, Any] = {"metrics": columns}
    if hour is not None:
        broken_down = {"id": "hour", "type": "breakdown", "dimension": HOUR, "itemId": hour}
        container = {
            "metrics": [{**column, "filters": ["hour"]} for column in columns],
            "metricFilters": [broken_down],
        }
    return {
        "rsid": suite_id,
        "globalFilters": [
            {"type": "dateRange", "dateRange": within},
            *({"type": "segment", "segmentId": one} for one in segment_ids),
        ],
        "metricContainer": container,
        "dimension": dimension,
    }
