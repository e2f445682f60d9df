-- grain: one row per platform, account, campaign and account-local day with claimed conversions
with google_ads as (
    select
        'google_ads' as platform,
        account_id,
        account_day,
        campaign_id,
        conversions as conversions_click_through,
        cast(view_through_conversions as double) as conversions_view_through,
        conversions_value_micros as value_click_through_micros,
        cast(null as bigint) as value_view_through_micros
    from {{ ref('stg_google_ads__campaign_day') }}
),

facebook_ads as (
    select
        'facebook_ads' as platform,
        account_id,
        account_day,
        entity_id as campaign_id,
        cast(sum(conversions_click_through) as double) as conversions_click_through,
        cast(sum(conversions_view_through) as double) as conversions_view_through,
        cast(sum(value_click_through_micros) as bigint) as value_click_through_micros,
        cast(sum(value_view_through_micros) as bigint) as value_view_through_micros
    from {{ ref('int_marketing__facebook_ads_claims') }}
    where entity_kind = 'campaign'
    group by account_id, account_day, entity_id
),

unioned as (
    select * from google_ads
    union all
    select * from facebook_ads
),

slices as (
    select * from {{ ref('int_marketing__slices') }}
    where stream = 'campaign_day'
),

campaign_claims as (
    select
        unioned.*,
        slices.pulled_at,
        slices.sandbox
    from unioned
    -- inner, n:1: every landed row has its pull
    inner join slices
        on
            unioned.platform = slices.platform
            and unioned.account_id = slices.account_id
            and unioned.account_day = slices.account_day
    where
        unioned.conversions_click_through <> 0
        or unioned.conversions_view_through <> 0
        or unioned.value_click_through_micros <> 0
)

select * from campaign_claims
