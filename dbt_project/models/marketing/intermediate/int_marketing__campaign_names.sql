-- grain: one row per platform, account and campaign ever seen, with its latest known name
with google_ads as (
    select
        'google_ads' as platform,
        account_id,
        account_day,
        campaign_id,
        campaign_name,
        channel_type,
        status in ('ENABLED', 'PAUSED') as is_running
    from {{ ref('stg_google_ads__campaign') }}
),

facebook_ads as (
    select
        'facebook_ads' as platform,
        account_id,
        account_day,
        campaign_id,
        campaign_name,
        objective as channel_type,
        status in ('ACTIVE', 'PAUSED') as is_running
    from {{ ref('stg_facebook_ads__campaign') }}
),

unioned as (
    select * from google_ads
    union all
    select * from facebook_ads
),

newest_first as (
    select
        platform,
        account_id,
        campaign_id,
        campaign_name,
        channel_type,
        is_running,
        row_number() over (
            partition by platform, account_id, campaign_id
            order by account_day desc
        ) as recency
    from unioned
),

campaign_names as (
    select
        platform,
        account_id,
        campaign_id,
        campaign_name,
        channel_type,
        is_running
    from newest_first
    where recency = 1
)

select * from campaign_names
