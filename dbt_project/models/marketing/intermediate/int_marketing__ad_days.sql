-- grain: one row per platform, account, ad and account-local day
{{ config(materialized='view', post_hook='{{ remember_code(this) }}') }}
with google_ads as (
    select
        'google_ads' as platform,
        account_id,
        account_day,
        campaign_id,
        ad_group_id,
        ad_id,
        impressions,
        clicks,
        cost_micros as spend_micros,
        conversions as conversions_click_through,
        cast(view_through_conversions as double) as conversions_view_through,
        conversions_value_micros as value_click_through_micros
    from {{ ref('stg_google_ads__ad_day') }}
),

meta_claims as (
    select
        account_id,
        account_day,
        entity_id,
        cast(sum(conversions_click_7d) as double) as conversions_click_through,
        cast(sum(conversions_view_1d) as double) as conversions_view_through,
        cast(sum(value_click_7d_micros) as bigint) as value_click_through_micros
    from {{ ref('int_marketing__facebook_ads_claims') }}
    where entity_kind = 'ad'
    group by account_id, account_day, entity_id
),

facebook_ads as (
    select
        'facebook_ads' as platform,
        ad_days.account_id,
        ad_days.account_day,
        ad_days.campaign_id,
        ad_days.ad_set_id as ad_group_id,
        ad_days.ad_id,
        ad_days.impressions,
        ad_days.outbound_clicks as clicks,
        ad_days.spend_micros,
        coalesce(meta_claims.conversions_click_through, 0) as conversions_click_through,
        coalesce(meta_claims.conversions_view_through, 0) as conversions_view_through,
        coalesce(meta_claims.value_click_through_micros, 0) as value_click_through_micros
    from {{ ref('stg_facebook_ads__ad_day') }} as ad_days
    -- left, 1:1: most ads have no conversions
    left join meta_claims
        on
            ad_days.account_id = meta_claims.account_id
            and ad_days.account_day = meta_claims.account_day
            and ad_days.ad_id = meta_claims.entity_id
),

ad_days as (
    select * from google_ads
    union all
    select * from facebook_ads
)

select * from ad_days
