-- grain: one row per platform, account and reporting day that the account's own report totals
{% set zone = "'" ~ var('reporting_time_zone') ~ "'" -%}
-- The platforms total an account by its own day: comparable where that is the company's day too.
with settled as (
    select
        platform,
        account_id,
        account_day
    from {{ ref('int_marketing__slices') }}
    where stream in ('account_day', 'campaign_hour') and account_time_zone = {{ zone }}
    group by platform, account_id, account_day
    having
        count(*) = 2
        and bool_and(day_was_over)
        -- two pulls of one morning saw the same restatements
        and max(pulled_at) - min(pulled_at) < interval 6 hours
),

totals as (
    select
        totals.platform,
        totals.account_id,
        totals.account_day as reporting_day,
        totals.impressions,
        totals.clicks as clicks_destination,
        totals.spend_micros as spend_account_micros
    from {{ ref('int_marketing__account_days') }} as totals
    -- inner, 1:1: days that are not wholly known are not totalled
    inner join settled
        on
            totals.platform = settled.platform
            and totals.account_id = settled.account_id
            and totals.account_day = settled.account_day
),

-- All other days: the same hours and residuals that the company's calendar is made of.
others as (
    select
        expected.platform,
        expected.account_id,
        expected.reporting_day,
        sum(expected.impressions) as impressions,
        sum(expected.clicks_destination) as clicks_destination,
        sum(expected.spend_account_micros) as spend_account_micros
    from {{ ref('control_campaign_performance') }} as expected
    where
        not exists (
            select 1 from totals
            where
                totals.platform = expected.platform
                and totals.account_id = expected.account_id
                and totals.reporting_day = expected.reporting_day
        )
    group by expected.platform, expected.account_id, expected.reporting_day
),

account_performance as (
    select * from totals
    union all by name
    select * from others
)

select * from account_performance
