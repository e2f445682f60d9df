-- grain: one row per platform, account, campaign and hour of the account's clock
{{ config(materialized='view', post_hook='{{ remember_code(this) }}') }}
with google_ads as (
    select
        'google_ads' as platform,
        account_id,
        account_day,
        hour_of_day,
        campaign_id,
        impressions,
        clicks as clicks_destination,
        cast(null as bigint) as clicks_all,
        cost_micros as spend_account_micros
    from {{ ref('stg_google_ads__campaign_hour') }}
),

facebook_ads as (
    select
        'facebook_ads' as platform,
        account_id,
        account_day,
        hour_of_day,
        campaign_id,
        impressions,
        outbound_clicks as clicks_destination,
        clicks_all,
        spend_micros as spend_account_micros
    from {{ ref('stg_facebook_ads__campaign_hour') }}
),

campaign_hours as (
    select * from google_ads
    union all
    select * from facebook_ads
)

select * from campaign_hours
