-- grain: one row per platform, account and campaign that the platform itself has ever named
with listed as (
    select
        'google_ads' as platform,
        account_id,
        account_day,
        campaign_id,
        campaign_name,
        channel_type
    from {{ ref('stg_google_ads__campaign') }}
    union all
    select
        'facebook_ads' as platform,
        account_id,
        account_day,
        campaign_id,
        campaign_name,
        objective as channel_type
    from {{ ref('stg_facebook_ads__campaign') }}
),

-- A campaign that was deleted before it was first listed is known by its own report only.
reported as (
    select distinct
        platform,
        account_id,
        campaign_id
    from {{ ref('int_marketing__campaign_days') }}
),

latest as (
    select
        platform,
        account_id,
        campaign_id,
        arg_max(campaign_name, account_day) as campaign_name,
        arg_max(channel_type, account_day) as channel_type
    from listed
    group by platform, account_id, campaign_id
),

control_campaigns as (
    select
        coalesce(latest.platform, reported.platform) as platform,
        coalesce(latest.account_id, reported.account_id) as account_id,
        coalesce(latest.campaign_id, reported.campaign_id) as campaign_id,
        latest.campaign_name,
        latest.channel_type
    from latest
    -- full, 1:1: what is listed may never have run, and what ran may never have been listed
    full outer join reported
        on
            latest.platform = reported.platform
            and latest.account_id = reported.account_id
            and latest.campaign_id = reported.campaign_id
)

select * from control_campaigns
