-- grain: one row per platform, account and account-local day that repeats the day before
-- Campaigns by the account's own clock: on the company's calendar a replayed day is two half ones.
with campaign_days as (
    select
        platform,
        account_id,
        account_day,
        campaign_id,
        impressions,
        clicks,
        spend_micros
    from {{ ref('int_marketing__campaign_days') }}
    where impressions > 0
),

compared as (
    select
        coalesce(today.platform, earlier.platform) as platform,
        coalesce(today.account_id, earlier.account_id) as account_id,
        coalesce(today.account_day, earlier.account_day + 1) as account_day,
        today.impressions,
        coalesce(
            today.impressions = earlier.impressions
            and today.clicks = earlier.clicks
            and today.spend_micros = earlier.spend_micros,
            false
        ) as is_same
    from campaign_days as today
    -- full, 1:1: a campaign that only one of the two days has tells them apart
    full outer join campaign_days as earlier
        on
            today.platform = earlier.platform
            and today.account_id = earlier.account_id
            and today.campaign_id = earlier.campaign_id
            and today.account_day = earlier.account_day + 1
),

repeated_days as (
    select
        platform,
        account_id,
        account_day,
        count(*) as campaigns,
        sum(impressions) as impressions
    from compared
    group by platform, account_id, account_day
    -- a handful of impressions may well come twice
    having bool_and(is_same) and sum(impressions) >= 100
)

select * from repeated_days
