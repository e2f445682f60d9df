-- grain: one row per platform, account, campaign and account-local day
with google_ads as (
    select
        'google_ads' as platform,
        account_id,
        account_day,
        campaign_id,
        impressions,
        clicks,
        cost_micros as spend_micros
    from {{ ref('stg_google_ads__campaign_day') }}
),

facebook_ads as (
    select
        'facebook_ads' as platform,
        account_id,
        account_day,
        campaign_id,
        impressions,
        outbound_clicks as clicks,
        spend_micros
    from {{ ref('stg_facebook_ads__campaign_day') }}
),

unioned as (
    select * from google_ads
    union all
    select * from facebook_ads
),

claims as (
    select * from {{ ref('int_marketing__campaign_claims') }}
),

campaign_days as (
    select
        unioned.*,
        coalesce(claims.conversions_click_through, 0) as conversions_click_through,
        coalesce(claims.conversions_view_through, 0) as conversions_view_through,
        coalesce(claims.value_click_through_micros, 0) as value_click_through_micros
    from unioned
    -- left, 1:1: most days have no conversions; claims are a subset of these rows
    left join claims
        on
            unioned.platform = claims.platform
            and unioned.account_id = claims.account_id
            and unioned.account_day = claims.account_day
            and unioned.campaign_id = claims.campaign_id
)

select * from campaign_days
