"""The product marketing/ad_performance as one query of DuckDB over the landed Parquet.

Belongs here: the least that anybody must do for the same rows: newest pull of each slice, one
canonical event per claim, residuals, names, sorted and written as the product is. Does not: dbt,
tests, audit, versions, what an interrupted run leaves. It reads no naming convention, because the
synthetic campaigns follow none.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from pathlib import Path

KEY = "platform, account_id, campaign_id, ad_group_id, ad_id, date_day"
QUERY = """
with pulls as (
    {pulls}
    qualify row_number() over (
        partition by platform, stream, account_id, account_day
        order by pulled_at desc, logged_at desc
    ) = 1
),

accounts as (
    select
        platform,
        account_id,
        arg_max(account_name, pulled_at) as account_name,
        arg_max(account_currency, pulled_at) as account_currency,
        arg_max(account_time_zone, pulled_at) as account_time_zone
    from pulls
    group by platform, account_id
),

campaign_names as (
    select platform, account_id, campaign_id, arg_max(campaign_name, account_day) as campaign_name
    from ({google_campaign} union all by name {facebook_campaign})
    group by all
),

ad_names as (
    select
        platform,
        account_id,
        ad_group_id,
        ad_id,
        arg_max(ad_name, account_day) as ad_name,
        arg_max(ad_group_name, account_day) as ad_group_name
    from (
        from ({google_ad})
        left join ({google_ad_group}) using (platform, account_id, account_day, ad_group_id)
        select platform, account_id, account_day, ad_group_id, ad_id, ad_name, ad_group_name
        union all
        from ({facebook_ad})
        left join ({facebook_ad_set}) using (platform, account_id, account_day, ad_set_id)
        select platform, account_id, account_day, ad_set_id, ad_id, ad_name, ad_set_name
    )
    group by all
),

ad_days as (
    select ad_group_id, ad_id, {google} from ({google_ad_day})
    union all
    select ad_set_id, ad_id, {facebook} from ({facebook_ad_day})
),

residuals as (
    select
        '(residual)' as ad_group_id,
        '(residual)' as ad_id,
        platform,
        account_id,
        account_day,
        campaign_id,
        sum(impressions) as impressions,
        sum(clicks) as clicks,
        sum(spend_micros) as spend_micros,
        round(sum(click_through), 9) as click_through,
        sum(view_through) as view_through,
        sum(value_micros) as value_micros
    from (
        select {google} from ({google_campaign_day})
        union all
        select {facebook} from ({facebook_campaign_day})
        union all
        select
            platform,
            account_id,
            account_day,
            campaign_id,
            -impressions,
            -clicks,
            -spend_micros,
            -click_through,
            -view_through,
            -value_micros
        from ad_days
    )
    group by platform, account_id, account_day, campaign_id
    having
        sum(impressions) <> 0 or sum(clicks) <> 0 or sum(spend_micros) <> 0
        or round(sum(click_through), 9) <> 0 or sum(view_through) <> 0 or sum(value_micros) <> 0
)

select
    '' as source_relation,
    account_day as date_day,
    platform,
    account_id,
    accounts.account_name,
    accounts.account_currency,
    accounts.account_time_zone,
    campaign_id,
    campaign_names.campaign_name,
    null::varchar as market,
    null::varchar as channel,
    null::varchar as objective,
    null::varchar as funnel_stage,
    ad_group_id,
    ad_names.ad_group_name,
    ad_id,
    ad_names.ad_name,
    ad_id = '(residual)' as is_residual,
    clicks::bigint as clicks,
    impressions::bigint as impressions,
    spend_micros::double / 1000000 as spend,
    spend_micros::bigint as spend_account_micros,
    click_through::double as conversions,
    view_through::double as claimed_conversions_view_through,
    value_micros::double / 1000000 as conversions_value,
    pulls.pulled_at,
    pulls.sandbox
from (from ad_days union all from residuals)
inner join accounts using (platform, account_id)
left join campaign_names using (platform, account_id, campaign_id)
left join ad_names using (platform, account_id, ad_group_id, ad_id)
inner join (from pulls where stream = 'ad_day') as pulls using (platform, account_id, account_day)
order by {key}
"""
KEYS = "platform, account_id, account_day, campaign_id"
GOOGLE = f"""
    {KEYS},
    impressions,
    clicks,
    cost_micros as spend_micros,
    conversions as click_through,
    view_through_conversions::double as view_through,
    round(conversions_value * 1000000)::bigint as value_micros"""
# The first of overlapping action types counts, for each canonical event.
CHOSEN = """coalesce(list_sum(list_transform(
        [['omni_purchase', 'purchase', 'offsite_conversion.fb_pixel_purchase'],
         ['lead', 'onsite_conversion.lead_grouped', 'offsite_conversion.fb_pixel_lead']],
        lambda types: coalesce(list_filter(
            list_transform(types, lambda wanted: list_filter({column},
                lambda one: one.action_type = wanted)[1].{window}),
            lambda found: found is not null)[1], 0)
    )), 0)"""
FACEBOOK = f"""
    {KEYS},
    impressions,
    outbound_clicks as clicks,
    round(spend * 1000000)::bigint as spend_micros,
    {CHOSEN.format(column="actions", window="click_7d")}::double as click_through,
    {CHOSEN.format(column="actions", window="view_1d")}::double as view_through,
    round({CHOSEN.format(column="action_values", window="click_7d")} * 1000000)::bigint
        as value_micros"""
SOURCES = ("google_ads", "facebook_ads")
STREAMS = {
    "google_ads": ("campaign", "ad", "ad_group", "campaign_day", "ad_day"),
    "facebook_ads": ("campaign", "ad", "ad_set", "campaign_day", "ad_day"),
}


@dataclass(frozen=True, kw_only=True)
class Floor:
    seconds: float
    processor_seconds: float


def floor(landing: Path, target: Path) -> Floor:
    """From the landed Parquet to `target`, a sorted Parquet file as the product is."""
    started, spent = time.perf_counter(), time.process_time()
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(
            f"copy ({query(landing)}) to '{target}' (format parquet, compression zstd)"
        )
    return Floor(
        seconds=time.perf_counter() - started, processor_seconds=time.process_time() - spent
    )


def refuse_another_table(ours: Path, theirs: Path) -> None:
    """Raises ValueError: the two files do not hold the same rows."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        found = [
            connection.sql(f"select count(*), sum(hash(rows)) from '{one}' as rows").fetchall()
            for one in (ours, theirs)
        ]
    if found[0] != found[1]:
        raise ValueError(f"{ours} holds {found[0]} rows and their digest, the floor {found[1]}.")


def query(landing: Path) -> str:
    logs = " union all ".join(
        f"select '{source}' as platform, * from"
        f" read_parquet('{landing}/{source}/_pull_log/pulled_on=*/*.parquet')"
        for source in SOURCES
    )
    rows = {
        f"{source.partition('_')[0]}_{stream}": _newest(landing, source, stream)
        for source, streams in STREAMS.items()
        for stream in streams
    }
    return QUERY.format(
        pulls=f"select * from ({logs})", google=GOOGLE, facebook=FACEBOOK, key=KEY, **rows
    )


def _newest(landing: Path, source: str, stream: str) -> str:
    """The rows of every slice's newest content."""
    return f"""
        select pulls.platform, landed.* from
            read_parquet('{landing}/{source}/{stream}/pulled_on=*/*.parquet') as landed
        inner join pulls
            on pulls.platform = '{source}'
            and pulls.stream = '{stream}'
            and landed.account_id = pulls.account_id
            and landed.account_day = pulls.account_day
            and landed.pulled_at = pulls.content_pulled_at"""
