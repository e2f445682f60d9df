-- grain: one row per platform, stream, account and account-local day that was pulled
{{ config(materialized='view', post_hook='{{ remember_code(this) }}') }}
with google_ads as (
    select
        'google_ads' as platform,
        *
    from {{ ref('stg_google_ads__pulls') }}
),

facebook_ads as (
    select
        'facebook_ads' as platform,
        *
    from {{ ref('stg_facebook_ads__pulls') }}
),

google_analytics as (
    select
        'google_analytics' as platform,
        *
    from {{ ref('stg_google_analytics__pulls') }}
),

adobe_analytics as (
    select
        'adobe_analytics' as platform,
        *
    from {{ ref('stg_adobe_analytics__pulls') }}
),

unioned as (
    select * from google_ads
    union all by name
    select * from facebook_ads
    union all by name
    select * from google_analytics
    union all by name
    select * from adobe_analytics
),

slices as (
    select
        platform,
        stream,
        account_id,
        account_day,
        pulled_at,
        day_was_over,
        quality_flags,
        account_name,
        account_currency,
        account_time_zone,
        sandbox
    from unioned
)

select * from slices
