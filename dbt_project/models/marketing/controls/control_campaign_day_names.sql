-- grain: one row per platform, account, campaign and account-local day with a figure of its own
with listed as (
    select
        'google_ads' as platform,
        account_id,
        account_day,
        campaign_id,
        campaign_name
    from {{ ref('stg_google_ads__campaign') }}
    union all
    select
        'facebook_ads' as platform,
        account_id,
        account_day,
        campaign_id,
        campaign_name
    from {{ ref('stg_facebook_ads__campaign') }}
),

ends as (
    select
        platform,
        account_id,
        campaign_id,
        arg_min(campaign_name, account_day) as campaign_name_first,
        arg_max(campaign_name, account_day) as campaign_name_latest
    from listed
    group by platform, account_id, campaign_id
),

control_campaign_day_names as (
    select
        days.platform,
        days.account_id,
        days.account_day,
        days.campaign_id,
        coalesce(listed.campaign_name, ends.campaign_name_first) as campaign_name,
        ends.campaign_name_latest
    from {{ ref('int_marketing__campaign_days') }} as days
    -- asof, n:1: the last list on or before the day that held the campaign
    asof left join listed
        on
            days.platform = listed.platform
            and days.account_id = listed.account_id
            and days.campaign_id = listed.campaign_id
            and days.account_day >= listed.account_day
    -- left, n:1: what was never listed has no name
    left join ends
        on
            days.platform = ends.platform
            and days.account_id = ends.account_id
            and days.campaign_id = ends.campaign_id
)

select * from control_campaign_day_names
