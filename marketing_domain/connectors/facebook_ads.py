"""Connector to the Meta Marketing API: asks in Meta's own terms, yields pulls.

Belongs here: request shape, paging, asynchronous reports, reading the answer column by column.
Does not: which fields make a stream (facebook_ads_streams.py), currency, time zones, anything
another platform also has (metrics/), any Dagster object.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import SecretStr

from marketing_domain.connectors import facebook_ads_breakdowns, facebook_ads_streams
from marketing_domain.connectors.facebook_ads_client import (
    RETIREMENTS,
    SOURCE,
    call,
    classify,
    session_for,
)
from marketing_domain.connectors.facebook_ads_reports import (
    ConfiguredReport,
    added_streams,
    configured_reports,
    refuse_impossible,
)
from marketing_domain.connectors.facebook_ads_streams import (
    ACTION,
    CONTROL,
    MONEY,
    WINDOWS,
    Column,
    Edge,
    Insights,
    Kind,
)
from marketing_domain.settings import FacebookAdsSettings, facebook_ads_settings
from shared_policies.platform.days import DayRange, local_day, now
from shared_policies.platform.errors import AnswerBroken, RequestTooLarge, TransientFault
from shared_policies.platform.requests import RequestPolicy
from shared_policies.platform.streams import Account, AccountListing, Interface, Pull, Stream

if TYPE_CHECKING:
    from datetime import date, datetime

REPORTS: Mapping[str, Edge | Insights] = {
    **facebook_ads_streams.REPORTS,
    **facebook_ads_breakdowns.REPORTS,
}
STREAMS: Mapping[str, Stream] = {
    **facebook_ads_streams.STREAMS,
    **facebook_ads_breakdowns.STREAMS,
}
Objects = Sequence[Mapping[str, Any]]
PAGE_SIZE = 500
DAYS_AT_ONCE = 14  # more is asked as an asynchronous report
LONGEST_POLL_SECONDS = 10.0


def connect() -> FacebookAdsConnector:
    """The connector for the credentials in the environment, or for the sandbox.

    Raises:
        MisconfiguredSetting: half of the credentials are set.
    """
    settings = facebook_ads_settings()
    policy = RequestPolicy.of_source(
        SOURCE,
        timeout_seconds=settings.request_timeout_seconds,
        longest_wait_seconds=300.0,
        requests_per_second=settings.requests_per_second,
        secrets=_secrets(settings),
        sandbox=settings.sandbox,
    )
    return FacebookAdsConnector(settings=settings, policy=policy, added=configured_reports())


def _secrets(settings: FacebookAdsSettings) -> tuple[SecretStr, ...]:
    """The token, the app secret, and the proof that is made of both and stands in every URL."""
    token, secret = settings.access_token, settings.app_secret
    if token is None or secret is None:
        return ()
    key, message = secret.get_secret_value().encode(), token.get_secret_value().encode()
    return token, secret, SecretStr(hmac.new(key, message, hashlib.sha256).hexdigest())


@dataclass(kw_only=True)
class FacebookAdsConnector:
    """The ad accounts of one token, or of one business; `added` are reports of sources.yaml."""

    settings: FacebookAdsSettings
    policy: RequestPolicy
    now: Callable[[], datetime] = field(default=now)
    added: Mapping[str, ConfiguredReport] = field(default_factory=dict)
    source: str = field(default=SOURCE, init=False)
    streams: Mapping[str, Stream] = field(init=False)

    def __post_init__(self) -> None:
        self.streams = {**STREAMS, **added_streams(self.added)}

    @property
    def sandbox(self) -> bool:
        return self.settings.sandbox

    @property
    def interface(self) -> Interface:
        return Interface(
            library="facebook-business",
            version=self.settings.api_version,
            retires_on=RETIREMENTS.get(self.settings.api_version),
            clock_url=self.settings.graph_url,
        )

    def accounts(self) -> AccountListing:
        """Every ad account; whether it may be read shows when it is pulled.

        Raises:
            CredentialsRejected: nothing can be listed.
        """
        asking = _Asking(self, None, None)
        business = self.settings.business_id
        paths = [("me", "adaccounts")]
        if business is not None:
            paths = [(business, "owned_ad_accounts"), (business, "client_ad_accounts")]
        fields = {"fields": "account_id,name,currency,timezone_name"}
        found = {
            one["account_id"]: Account(
                source=SOURCE,
                account_id=one["account_id"],
                name=one["name"],
                currency=one["currency"],
                time_zone=one["timezone_name"],
            )
            for path in paths
            for one in asking.pages(path, fields)
        }
        return AccountListing(readable=list(found.values()), unreadable={})

    def pull(self, stream: Stream, account: Account, days: DayRange) -> Pull:
        """See Connector.pull."""
        pulled_at = self.now()
        asking = _Asking(self, account, days)
        report = self._report(stream.name)
        totals: list[pa.Table] = []
        if isinstance(report, Edge):
            today = local_day(pulled_at, time_zone=account.time_zone)
            parts = [asking.objects(report, today)]
        else:
            parts = self.policy.in_parts(days, lambda part: asking.insights(report, part))
            if stream.must_close or stream.residual:
                totals = self.policy.in_parts(days, lambda part: asking.insights(CONTROL, part))
        rows = pa.concat_tables(parts)
        ids = pa.array([account.account_id] * rows.num_rows, type=pa.string())
        return Pull(
            stream=stream,
            account=account,
            days=days,
            pulled_at=pulled_at,
            rows=rows.append_column("account_id", ids),
            control_totals=pa.concat_tables(totals) if totals else None,
            requests=asking.requests,
            sandbox=self.sandbox,
        )

    def _report(self, name: str) -> Edge | Insights:
        """Raises MisconfiguredSetting for a report of sources.yaml that Meta cannot answer."""
        if name in REPORTS:
            return REPORTS[name]
        report = self.added[name].report
        refuse_impossible(name, report)
        return report


class _Asking:
    """The requests of one pull, on one session."""

    def __init__(
        self, connector: FacebookAdsConnector, account: Account | None, days: DayRange | None
    ) -> None:
        self._policy = connector.policy
        self._settings = connector.settings
        self._session = session_for(connector.settings)
        self._account_id = account.account_id if account else None
        self._days = days
        self.requests = 0

    def objects(self, edge: Edge, today: date) -> pa.Table:
        tops = dict.fromkeys(column.path.split(".")[0] for column in edge.columns)
        fields = {"fields": ",".join(_expanded(name, edge) for name in tops)}
        path = (f"act_{self._account_id}", *([edge.name] if edge.name else []))
        found = self.pages(path, fields) if edge.name else [self._get(path, fields)]
        return self._decoded(found, edge.columns, [today.isoformat()] * len(found))

    def insights(self, report: Insights, days: DayRange) -> pa.Table:
        params: dict[str, Any] = {
            "level": report.level,
            "fields": ",".join(report.fields),
            "time_range": {"since": str(days.start), "until": str(days.last_day)},
            "time_increment": "1",
        }
        if report.breakdowns:
            params["breakdowns"] = list(report.breakdowns)
        if "actions" in report.fields:
            params["action_attribution_windows"] = list(WINDOWS)
        path = (f"act_{self._account_id}", "insights")
        if len(days) > DAYS_AT_ONCE and report.level != "account":
            path = (self._finished_report(path, params), "insights")
            params = {}
        found = self.pages(path, params)
        return self._decoded(found, report.columns, [row["date_start"] for row in found])

    def pages(self, path: tuple[str, ...], params: Mapping[str, Any]) -> list[dict[str, Any]]:
        """All pages: only the absence of `next` is the end; a page in between may be empty."""
        rows: list[dict[str, Any]] = []
        after: dict[str, str] = {}
        while True:
            page = self._get(path, {**params, "limit": PAGE_SIZE, **after})
            rows.extend(page.get("data", []))
            paging = page.get("paging", {})
            if "next" not in paging:
                return rows
            after = {"after": paging["cursors"]["after"]}

    def _finished_report(self, path: tuple[str, ...], params: Mapping[str, Any]) -> str:
        """The id of an asynchronous report that is complete: 100 % alone does not say so.

        Raises:
            RequestTooLarge: Meta gave the report up; a shorter one may succeed.
            TransientFault: it does not finish.
        """
        report_id = str(self._send("POST", path, params)["report_run_id"])
        waited, pause = 0.0, 0.1
        while waited < self._settings.report_patience_seconds:
            status = self._get((report_id,), {})["async_status"]
            if status == "Job Completed":
                return report_id
            if status in {"Job Failed", "Job Skipped"}:
                raise RequestTooLarge(
                    f"Meta ended report {report_id} with {status!r}.",
                    cure="Run again for fewer days.",
                    source=SOURCE,
                    account_id=self._account_id,
                    days=self._days,
                )
            self._policy.sleep(pause)
            waited, pause = waited + pause, min(pause * 1.5, LONGEST_POLL_SECONDS)
        raise TransientFault(
            f"report {report_id} was not complete after {waited:.0f} seconds.",
            cure="Run again; or raise FACEBOOK_ADS_REPORT_PATIENCE_SECONDS.",
            source=SOURCE,
            account_id=self._account_id,
            days=self._days,
        )

    def _get(self, path: tuple[str, ...], params: Mapping[str, Any]) -> dict[str, Any]:
        return self._send("GET", path, params)

    def _send(
        self, method: str, path: tuple[str, ...], params: Mapping[str, Any]
    ) -> dict[str, Any]:
        def send(timeout: float) -> dict[str, Any]:
            self.requests += 1
            return call(
                self._session,
                method,
                path,
                params,
                api_version=self._settings.api_version,
                timeout_seconds=timeout,
            )

        return self._policy.call(
            send, account_id=self._account_id, days=self._days, classify=classify
        )

    def _decoded(self, rows: Objects, columns: Sequence[Column], days: list[str]) -> pa.Table:
        try:
            return decode(rows, columns, days)
        except (pa.ArrowException, KeyError, TypeError, ValueError) as error:
            raise AnswerBroken(
                f"the answer is not in the form that Meta documents: {error}. Nothing was landed.",
                cure="Compare the answer with Meta's reference for the API version in use.",
                source=SOURCE,
                account_id=self._account_id,
                days=self._days,
            ) from error


def decode(rows: Objects, columns: Sequence[Column], days: Sequence[str]) -> pa.Table:
    """Meta's objects as a table; `days` is the account-local day of each, as YYYY-MM-DD.

    Raises:
        ArrowInvalid, KeyError, TypeError, ValueError: a value is not of the documented form.
    """
    table = {column.name: _column(rows, column) for column in columns}
    return pa.table({"account_day": pa.array(days, pa.string()).cast(pa.date32()), **table})


def _column(rows: Objects, column: Column) -> pa.Array:
    return BY_KIND[column.kind]([_at(row, column.path) for row in rows])


def _whole(values: Sequence[str | None]) -> pa.Array:
    return pa.array(values, pa.string()).cast(pa.int64())


def _money(values: Sequence[str | None]) -> pa.Array:
    return pc.fill_null(pa.array(values, pa.string()).cast(MONEY), pa.scalar(0, MONEY))


def _clicks(values: Sequence[Objects | None]) -> pa.Array:
    return pa.array([sum(int(one["value"]) for one in value or ()) for value in values])


def _actions(lists: Sequence[Objects | None]) -> pa.Array:
    """An absent window stays null: it was not asked for, or nothing happened in it."""
    # Meta promises no order, and another order is not another answer.
    ordered = [sorted(one or (), key=itemgetter("action_type")) for one in lists]
    flat = list(chain.from_iterable(ordered))
    names = {"action_type": "action_type", "value": "value", **WINDOWS}
    fields = [
        pa.array([entry.get(key) for entry in flat], pa.string()).cast(ACTION.field(name).type)
        for key, name in names.items()
    ]
    offsets = pa.array([0, *accumulate(map(len, ordered))], pa.int32())
    entries = pa.StructArray.from_arrays(fields, fields=list(ACTION))
    return pa.ListArray.from_arrays(offsets, entries)


BY_KIND: Mapping[Kind, Callable[[Any], pa.Array]] = {
    "text": lambda values: pa.array(values, pa.string()),
    "number": lambda values: pa.array(values, pa.int64()),
    "json": lambda values: pa.array([json.dumps(one, separators=(",", ":")) for one in values]),
    "count": lambda values: pc.fill_null(_whole(values), 0),
    "maybe": _whole,
    "money": _money,
    "clicks": _clicks,
    "hour": lambda values: pa.array([int(one[:2]) for one in values], pa.int64()),
    "actions": _actions,
}


def _at(row: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401
    top, _, below = path.partition(".")
    value = row.get(top)
    return value.get(below) if below and value is not None else value


def _expanded(name: str, edge: Edge) -> str:
    """`creative{url_tags}` for a field inside an object."""
    inner = [
        column.path.split(".")[1] for column in edge.columns if column.path.startswith(f"{name}.")
    ]
    return f"{name}{{{','.join(inner)}}}" if inner else name
