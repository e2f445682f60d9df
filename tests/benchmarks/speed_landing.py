"""Years of what two ad platforms answer, landed as the daily runs land them.

Belongs here: synthetic answers of real shape, through LandingStore itself. Does not: clocks, or
figures that mean anything: the truth of a world is the sandbox's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

import duckdb

from marketing_domain.connectors import facebook_ads, google_ads
from shared_policies.platform import landing_store
from shared_policies.platform.days import DayRange, local_day
from shared_policies.platform.streams import Account, Pull

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    import pyarrow as pa

    from shared_policies.platform.landing_store import LandingStore
    from shared_policies.platform.streams import Stream

ACCOUNTS, CAMPAIGNS, ADS = 50, 10, 18  # accounts of both platforms, campaigns of each, ads of each
DAYS_A_PULL = 365
STREAMS = {
    "google_ads": google_ads.STREAMS,
    "facebook_ads": facebook_ads.STREAMS,
}
# What an ad delivered on a day, drawn from its number, the day and how often it was pulled.
ADS_SQL = """
    select
        '{account_id}' as account_id,
        (date '{start}' + day::integer)::date as account_day,
        campaign,
        ad,
        (hash({account_id}, '{start}'::date + day::integer, ad, {pulled}) % 1000000007)::bigint as drawn,
        500 + drawn % 1000 as impressions,
        drawn % 37 as clicks,
        drawn % 37 * 350000 as cost_micros,
        case when drawn % 3 = 0 then 1 + drawn % 4 else 0 end as conversions
    from range({days}) as days (day), range({campaigns}) as campaigns (campaign),
        range(campaign * {ads}, (campaign + 1) * {ads}) as ads (ad)
"""  # noqa: E501  one expression
NAMES_SQL = """
    select
        '{account_id}' as account_id,
        date '{day}' as account_day,
        {columns}
    from range({count}) as numbers (n)
"""
CAMPAIGN_ID = "({account_id} * 100 + {campaign})::varchar"
AD_GROUP_ID = "({account_id} * 1000 + {ad} // 6)::varchar"
AD_ID = "({account_id} * 10000 + {ad})::varchar"
IMPRESSIONS, CLICKS = "sum(impressions)::bigint", "sum(clicks)::bigint"
ACTIONS = """
    case when sum(conversions) = 0 then [] else [{{
        'action_type': 'omni_purchase',
        'value': sum(conversions * {each})::decimal(20, 6),
        'click_1d': null::decimal(20, 6),
        'click_7d': sum(conversions * {each})::decimal(20, 6),
        'click_28d': sum(conversions * {each})::decimal(20, 6),
        'view_1d': null::decimal(20, 6),
        'engaged_view_1d': null::decimal(20, 6)
    }}] end"""
MEASURES = {
    "google_ads": {
        "impressions": IMPRESSIONS,
        "clicks": CLICKS,
        "cost_micros": "sum(cost_micros)::bigint",
        "conversions": "sum(conversions)::double",
        "conversions_value": "sum(conversions * 49.5)::double",
        "all_conversions": "sum(conversions)::double",
        "all_conversions_value": "sum(conversions * 49.5)::double",
        "view_through_conversions": "sum(drawn % 2)::bigint",
        "platform_comparable_conversions": "sum(conversions)::double",
        "platform_comparable_conversions_value": "sum(conversions * 49.5)::double",
    },
    "facebook_ads": {
        "impressions": IMPRESSIONS,
        "clicks_all": CLICKS,
        "inline_link_clicks": CLICKS,
        "outbound_clicks": CLICKS,
        "spend": "(sum(cost_micros) / 1000000)::decimal(20, 6)",
        "reach": "max(impressions)::bigint",
        "actions": ACTIONS.format(each="1"),
        "action_values": ACTIONS.format(each="49.5"),
    },
}


@dataclass(frozen=True)
class History:
    """`days` of every account, each landed by pulls of a year at the instant `at`."""

    store: LandingStore
    at: datetime

    def land(self, days: DayRange, *, pulled: int) -> int:
        """How many rows were landed; with another `pulled` the same days have other figures.

        No models read fingerprints, and those of 110,000 slices would take minutes.
        """
        drawn = patch.object(landing_store, "fingerprint", lambda _: f"of pull {pulled}")
        with duckdb.connect() as connection, drawn:
            return sum(
                record.row_count
                for pull in self._pulls(connection, days, pulled)
                for record in self.store.land(pull)
            )

    def _pulls(
        self, connection: duckdb.DuckDBPyConnection, days: DayRange, pulled: int
    ) -> Iterator[Pull]:
        for source, streams in STREAMS.items():
            self.store.declare(streams.values())
            for account in _accounts(source):
                for name in ("campaign", "ad", "ad_group" if source == "google_ads" else "ad_set"):
                    today = local_day(self.at, time_zone=account.time_zone)
                    names = connection.sql(_names(streams[name], account.account_id, today))
                    yield self._pull(streams[name], account, days, names.to_arrow_table())
                for name in ("campaign_day", "ad_day"):
                    for part in _parts(days):
                        rows = connection.sql(
                            _rows(streams[name], account.account_id, part, pulled)
                        )
                        yield self._pull(streams[name], account, part, rows.to_arrow_table())

    def _pull(self, stream: Stream, account: Account, days: DayRange, rows: pa.Table) -> Pull:
        return Pull(
            stream=stream,
            account=account,
            days=days,
            pulled_at=self.at,
            rows=rows,
            control_totals=None,
            requests=1,
            sandbox=True,
        )


def last_days(count: int, *, before: date) -> DayRange:
    return DayRange(start=before - timedelta(days=count), end=before)


def _accounts(source: str) -> list[Account]:
    first = 1_000 if source == "google_ads" else 2_000
    return [
        Account(
            source=source,
            account_id=str(first + number),
            name=f"Account {number}",
            currency="EUR",
            time_zone="Europe/Berlin",
        )
        for number in range(ACCOUNTS // 2)
    ]


def _parts(days: DayRange) -> Iterator[DayRange]:
    start = days.start
    while start < days.end:
        end = min(start + timedelta(days=DAYS_A_PULL), days.end)
        yield DayRange(start=start, end=end)
        start = end


def _rows(stream: Stream, account_id: str, days: DayRange, pulled: int) -> str:
    ads = ADS_SQL.format(
        account_id=account_id,
        start=days.start,
        days=len(days),
        campaigns=CAMPAIGNS,
        ads=ADS,
        pulled=pulled,
    )
    known = {
        "account_id": "account_id",
        "account_day": "account_day",
        "campaign_id": CAMPAIGN_ID.format(account_id=account_id, campaign="campaign"),
        "ad_group_id": AD_GROUP_ID.format(account_id=account_id, ad="ad"),
        "ad_set_id": AD_GROUP_ID.format(account_id=account_id, ad="ad"),
        "ad_id": AD_ID.format(account_id=account_id, ad="ad"),
        **MEASURES[stream.source],
    }
    columns = ", ".join(f"{known[name]} as {name}" for name in stream.schema.names)
    keys = "account_id, account_day, campaign" + (", ad" if stream.name == "ad_day" else "")
    return f"select {columns} from ({ads}) group by {keys}"


def _names(stream: Stream, account_id: str, day: date) -> str:
    """One row per campaign, group or ad; what nothing reads says nothing."""
    count = {"campaign": CAMPAIGNS, "ad": CAMPAIGNS * ADS}.get(stream.name, CAMPAIGNS * ADS // 6)
    ads_of_one = {"campaign": 1, "ad": ADS}.get(stream.name, ADS // 6)
    ad = "n" if stream.name == "ad" else "n * 6"
    known = {
        "campaign_id": CAMPAIGN_ID.format(account_id=account_id, campaign=f"(n // {ads_of_one})"),
        "ad_group_id": AD_GROUP_ID.format(account_id=account_id, ad=f"({ad})"),
        "ad_set_id": AD_GROUP_ID.format(account_id=account_id, ad=f"({ad})"),
        "ad_id": AD_ID.format(account_id=account_id, ad="n"),
        "status": "'ENABLED'" if stream.source == "google_ads" else "'ACTIVE'",
    }
    columns = ", ".join(
        f"{known.get(name, _text(name))} as {name}" for name in stream.schema.names[2:]
    )
    return NAMES_SQL.format(account_id=account_id, day=day, columns=columns, count=count)


def _text(name: str) -> str:
    return f"'{name} ' || n" if name.endswith("_name") else "''"
