-- grain: one row per platform, account, campaign and reporting day
with campaign_hours as (
    select * from {{ ref('int_marketing__campaign_hours') }}
),

slices as (
    select * from {{ ref('int_marketing__slices') }}
    where stream = 'campaign_hour'
),

on_reporting_days as (
    select
        campaign_hours.*,
        slices.pulled_at,
        slices.sandbox,
        {{ local_day(
            local_hour_start(
                'campaign_hours.account_day',
                'campaign_hours.hour_of_day',
                'slices.account_time_zone'
            ),
            "'" ~ var('reporting_time_zone') ~ "'"
        ) }} as reporting_day
    from campaign_hours
    -- inner, n:1: every landed row has its pull
    inner join slices
        on
            campaign_hours.platform = slices.platform
            and campaign_hours.account_id = slices.account_id
            and campaign_hours.account_day = slices.account_day
),

campaign_delivery as (
    select
        platform,
        account_id,
        campaign_id,
        reporting_day,
        cast(sum(impressions) as bigint) as impressions,
        cast(sum(clicks_destination) as bigint) as clicks_destination,
        cast(sum(clicks_all) as bigint) as clicks_all,
        cast(sum(spend_account_micros) as bigint) as spend_account_micros,
        min(pulled_at) as pulled_at,
        bool_or(sandbox) as sandbox
    from on_reporting_days
    group by platform, account_id, campaign_id, reporting_day
)

select * from campaign_delivery
