"""Connector to Salesforce: asks in SOQL, page by page or in bulk, yields pulls.

Belongs here: asking and reading. Does not: which fields make a stream (salesforce_streams.py),
which version of a record holds, what a stage means (dbt), any Dagster object.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from marketing_domain.connectors.salesforce_client import address_of, classify, client_for
from marketing_domain.connectors.salesforce_streams import (
    CHANGED,
    OBJECTS,
    SOURCE,
    STREAMS,
    TYPES,
    Column,
    Object,
)
from marketing_domain.settings import SalesforceSettings, chosen_sources, salesforce_settings
from shared_policies.platform.days import DayRange, now
from shared_policies.platform.errors import MisconfiguredSetting, TransientFault
from shared_policies.platform.requests import RequestPolicy
from shared_policies.platform.streams import Account, AccountListing, Interface, Pull, Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

Answer = TypeVar("Answer")
Record = dict[str, Any]
# More days than a morning looks back are asked in bulk: one job instead of thousands of pages.
DAYS_AT_ONCE = 14
ROWS_PER_BULK_PAGE = 50_000
SECONDS_BETWEEN_LOOKS = 1


def connect() -> SalesforceConnector:
    """The connector for the credentials in the environment, or for the sandbox.

    Raises:
        MisconfiguredSetting: half of the credentials are set.
    """
    settings = salesforce_settings()
    secrets = (settings.consumer_key, settings.consumer_secret)
    policy = RequestPolicy.of_source(
        SOURCE,
        timeout_seconds=settings.request_timeout_seconds,
        longest_wait_seconds=300.0,
        requests_per_second=settings.requests_per_second,
        secrets=tuple(secret for secret in secrets if secret is not None),
        sandbox=settings.sandbox,
    )
    return SalesforceConnector(
        settings=settings, policy=policy, own_fields=chosen_sources().salesforce.fields
    )


@dataclass(kw_only=True)
class SalesforceConnector:
    """One org. `own_fields` are the company's names of custom fields, by our column."""

    settings: SalesforceSettings
    policy: RequestPolicy
    own_fields: Mapping[str, str] = field(default_factory=dict)
    now: Callable[[], datetime] = field(default=now)
    source: str = field(default=SOURCE, init=False)
    streams: Mapping[str, Stream] = field(default_factory=lambda: STREAMS, init=False)

    @property
    def sandbox(self) -> bool:
        return self.settings.sandbox

    @property
    def interface(self) -> Interface:
        return Interface(
            library="simple-salesforce",
            version=self.settings.api_version,
            retires_on=None,
            clock_url=address_of(self.settings),
        )

    def accounts(self) -> AccountListing:
        """The org itself, in its corporate currency; Salesforce keeps time in UTC.

        Raises:
            CredentialsRejected: nobody can log in.
        """
        [org] = self._answered(
            lambda client: self._pages(client, "SELECT Id, Name FROM Organization")
        )
        currency = self.settings.currency
        if "CurrencyIsoCode" in self._fields("Opportunity"):
            kept = self._answered(
                lambda client: self._pages(client, "SELECT IsoCode, IsCorporate FROM CurrencyType")
            )
            currency = next(one["IsoCode"] for one in kept if one["IsCorporate"])
        account = Account(
            source=SOURCE,
            account_id=org["Id"],
            name=org["Name"],
            currency=currency,
            time_zone="UTC",
        )
        return AccountListing(readable=[account], unreadable={})

    def pull(self, stream: Stream, account: Account, days: DayRange) -> Pull:
        """See Connector.pull: records whose latest change was in `days`, deleted ones too.

        Days that end with yesterday also hold what changed since: a record that is edited this
        morning would otherwise be on no day that was asked for until tomorrow.
        """
        pulled_at = self.now()
        asked = self._columns(OBJECTS[stream.name])
        is_newest = days.end >= pulled_at.astimezone(UTC).date()
        pulled = self.policy.in_parts(
            days,
            lambda part: self._records(
                OBJECTS[stream.name].name,
                asked,
                part,
                account,
                until_now=is_newest and part.end == days.end,
            ),
        )
        records = [record for part in pulled for record in part]
        return Pull(
            stream=stream,
            account=account,
            days=days,
            pulled_at=pulled_at,
            rows=as_table(records, stream, asked, account, last_day=days.last_day),
            control_totals=None,
            requests=len(pulled),
            sandbox=self.sandbox,
        )

    def _columns(self, found: Object) -> dict[str, str]:
        """The field of every column that the org has.

        Raises:
            MisconfiguredSetting: a field that no org lacks is not there for the run-as user, or
                one that sources.yaml names.
        """
        there = self._fields(found.name)
        asked: dict[str, str] = {}
        for column in found.columns:
            own = self.own_fields.get(column.name) if column.name in found.custom else None
            name = own or column.field
            if name in there:
                asked[column.name] = name
            elif own is not None or not column.may_lack:
                raise MisconfiguredSetting(
                    f"{found.name} has no field {name} that the run-as user may see.",
                    cure="Give the user read access to the field, or correct salesforce.fields in"
                    " sources.yaml.",
                    source=SOURCE,
                )
        return asked

    def _fields(self, name: str) -> set[str]:
        def ask(client: Any) -> set[str]:  # noqa: ANN401
            return {one["name"] for one in getattr(client, name).describe()["fields"]}

        return self._answered(ask)

    def _records(
        self,
        name: str,
        asked: Mapping[str, str],
        days: DayRange,
        account: Account,
        *,
        until_now: bool,
    ) -> list[Record]:
        query = soql(name, asked.values(), days, until_now=until_now)
        ask = self._in_bulk if len(days) > DAYS_AT_ONCE else self._pages
        return self._answered(
            lambda client: ask(client, query, name), account_id=account.account_id, days=days
        )

    def _pages(self, client: Any, query: str, _: str = "") -> list[Record]:  # noqa: ANN401
        """All pages; Salesforce says beforehand how many records there are."""
        page = client.query(query, include_deleted=CHANGED in query)
        records, total = [*page["records"]], page["totalSize"]
        while not page["done"]:
            page = client.query_more(page["nextRecordsUrl"], identifier_is_url=True)
            records += page["records"]
        if len(records) != total:
            raise TransientFault(
                f"{len(records)} records came, {total} were announced. Nothing was landed.",
                cure="Run again.",
                source=SOURCE,
            )
        return records

    def _in_bulk(self, client: Any, query: str, name: str) -> list[Record]:  # noqa: ANN401
        pages = getattr(client.bulk2, name).query_all(
            query, max_records=ROWS_PER_BULK_PAGE, wait=SECONDS_BETWEEN_LOOKS
        )
        return [row for page in pages for row in csv.DictReader(io.StringIO(page))]

    def _answered(
        self,
        ask: Callable[[Any], Answer],
        *,
        account_id: str | None = None,
        days: DayRange | None = None,
    ) -> Answer:
        """Each attempt logs in anew: a session may have ended, and bulk jobs do not renew it."""

        def send(_: float) -> Answer:
            return ask(client_for(self.settings))

        return self.policy.call(send, account_id=account_id, days=days, classify=classify)


def soql(name: str, fields: Iterable[str], days: DayRange, *, until_now: bool) -> str:
    """Records of `name` whose latest change was in `days`, in UTC, or since."""
    asked = (
        f"SELECT {', '.join(fields)} FROM {name}"  # noqa: S608  names that describe() gave
        f" WHERE {CHANGED} >= {_midnight(days.start)}"
    )
    return asked if until_now else f"{asked} AND {CHANGED} < {_midnight(days.end)}"


def as_table(
    records: Sequence[Record],
    stream: Stream,
    asked: Mapping[str, str],
    account: Account,
    *,
    last_day: date,
) -> pa.Table:
    """The records as the stream's rows; a column that the org lacks is empty.

    What changed after `last_day` stands on it.
    """
    columns = {column.name: column for column in OBJECTS[stream.name].columns}
    values = {
        name: [read(record.get(asked.get(name, "")), column) for record in records]
        for name, column in columns.items()
    }
    table = {
        "account_id": pa.array([account.account_id] * len(records), pa.string()),
        "account_day": pa.array(
            [min(one.date(), last_day) for one in values["modified_at"]], pa.date32()
        ),
    }
    for name, column in columns.items():
        table[name] = pa.array(values[name], TYPES[column.kind])
    return pa.table(table)


def read(value: Any, column: Column) -> Any:  # noqa: ANN401
    """A value as REST (typed) or Bulk 2 (text) gives it; what is empty is null."""
    if value is None or value == "":
        return None
    match column.kind:
        case "flag":
            return value if isinstance(value, bool) else value == "true"
        case "number":
            return Decimal(str(value))
        case "instant":
            return datetime.fromisoformat(value).astimezone(UTC)
        case "day":
            return datetime.fromisoformat(value).date()
        case "text":
            return str(value)


def _midnight(day: date) -> str:
    return datetime.combine(day, time(), tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
