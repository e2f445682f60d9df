-- grain: one row per platform, account, account-local day, campaign and instant of new knowledge
with known_totals as (
    select * from {{ ref('int_marketing__known_totals') }}
),

versions as (
    select
        'google_ads' as platform,
        *
    from {{ ref('stg_google_ads__slice_versions') }}
    where stream = 'campaign_day'
    union all
    select
        'facebook_ads' as platform,
        *
    from {{ ref('stg_facebook_ads__slice_versions') }}
    where stream = 'campaign_day'
),

last_looks as (
    select
        platform,
        account_id,
        account_day,
        pulled_at as last_pulled_at
    from {{ ref('int_marketing__slices') }}
    where stream = 'campaign_day'
),

campaigns as (
    select distinct
        platform,
        account_id,
        account_day,
        campaign_id
    from known_totals
),

{% set measures = [
    'impressions', 'clicks_destination', 'spend_account_micros', 'claimed_conversions'
] -%}
-- A campaign that a version does not name had nothing in it.
told as (
    select
        versions.platform,
        versions.account_id,
        versions.account_day,
        campaigns.campaign_id,
        versions.content_pulled_at as known_from,
        versions.account_time_zone,
        versions.account_currency,
        versions.day_was_over,
        versions.sandbox,
    {% for name in measures -%}
        coalesce(known_totals.{{ name }}, 0) as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
    from versions
    -- inner, 1:n: every campaign that any version of the slice names
    inner join campaigns
        on
            versions.platform = campaigns.platform
            and versions.account_id = campaigns.account_id
            and versions.account_day = campaigns.account_day
    -- left, 1:1: see above
    left join known_totals
        on
            versions.platform = known_totals.platform
            and versions.account_id = known_totals.account_id
            and versions.account_day = known_totals.account_day
            and campaigns.campaign_id = known_totals.campaign_id
            and versions.content_pulled_at = known_totals.content_pulled_at
),

with_before as (
    select
        *,
        {% for name in measures -%}
            {{ name }} - coalesce(
                lag({{ name }}) over (
                    partition by platform, account_id, account_day, campaign_id
                    order by known_from
                ), 0
            ) as change_of_{{ name }},
        {% endfor -%}
        row_number() over (
            partition by platform, account_id, account_day, campaign_id
            order by known_from
        ) as version_number
    from told
),

changes as (
    select *
    from with_before
    where
        version_number = 1
        {% for name in measures -%}
            or change_of_{{ name }} <> 0
        {% endfor %}
),

restatements as (
    select
        changes.platform,
        changes.account_id,
        changes.account_day,
        changes.campaign_id,
        changes.known_from,
        lead(changes.known_from) over (
            partition by
                changes.platform, changes.account_id, changes.account_day, changes.campaign_id
            order by changes.known_from
        ) as known_until,
        last_looks.last_pulled_at,
        date_diff(
            'second',
            {{ day_start('changes.account_day + interval 1 day', 'changes.account_time_zone') }},
            changes.known_from
        ) / 86400.0 as age_days,
        date_diff(
            'second',
            {{ day_start('changes.account_day + interval 1 day', 'changes.account_time_zone') }},
            last_looks.last_pulled_at
        ) / 86400.0 as last_age_days,
        changes.account_currency,
        changes.day_was_over,
        {% for name in measures -%}
            changes.{{ name }},
            changes.change_of_{{ name }},
        {% endfor -%}
        changes.sandbox
    from changes
    -- inner, n:1: every slice was looked at
    inner join last_looks
        on
            changes.platform = last_looks.platform
            and changes.account_id = last_looks.account_id
            and changes.account_day = last_looks.account_day
)

select
    platform,
    account_id,
    account_day,
    campaign_id,
    known_from,
    known_until,
    last_pulled_at,
    cast(age_days as double) as age_days,
    cast(last_age_days as double) as last_age_days,
    account_currency,
    day_was_over,
    cast(impressions as bigint) as impressions,
    cast(change_of_impressions as bigint) as change_of_impressions,
    cast(clicks_destination as bigint) as clicks_destination,
    cast(change_of_clicks_destination as bigint) as change_of_clicks_destination,
    cast(spend_account_micros as bigint) as spend_account_micros,
    cast(change_of_spend_account_micros as bigint) as change_of_spend_account_micros,
    cast(claimed_conversions as double) as claimed_conversions,
    cast(change_of_claimed_conversions as double) as change_of_claimed_conversions,
    sandbox
from restatements
