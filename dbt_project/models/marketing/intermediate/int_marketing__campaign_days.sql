-- grain: one row per platform, account, campaign and account-local day
{{ by_day() }}
with google_ads as (
    select
        'google_ads' as platform,
        account_id,
        account_day,
        campaign_id,
        impressions,
        clicks,
        cost_micros as spend_micros,
        conversions as conversions_click_through,
        cast(view_through_conversions as double) as conversions_view_through,
        conversions_value_micros as value_click_through_micros,
        platform_comparable_conversions,
        cast(null as bigint) as reach
    from {{ of_due_days(ref('stg_google_ads__campaign_day')) }}
),

meta_claims as (
    select
        account_id,
        account_day,
        entity_id as campaign_id,
        cast(sum(conversions_click_7d) as double) as conversions_click_through,
        cast(sum(conversions_view_1d) as double) as conversions_view_through,
        cast(sum(value_click_7d_micros) as bigint) as value_click_through_micros
    from {{ of_due_days(ref('int_marketing__facebook_ads_claims'), 'facebook_ads') }}
    where entity_kind = 'campaign'
    group by account_id, account_day, campaign_id
),

facebook_ads as (
    select
        'facebook_ads' as platform,
        days.account_id,
        days.account_day,
        days.campaign_id,
        days.impressions,
        days.outbound_clicks as clicks,
        days.spend_micros,
        coalesce(meta_claims.conversions_click_through, 0) as conversions_click_through,
        coalesce(meta_claims.conversions_view_through, 0) as conversions_view_through,
        coalesce(meta_claims.value_click_through_micros, 0) as value_click_through_micros,
        cast(null as double) as platform_comparable_conversions,
        days.reach
    from {{ of_due_days(ref('stg_facebook_ads__campaign_day')) }} as days
    -- left, 1:1: most days have no conversions; claims are a subset of these rows
    left join meta_claims
        on
            days.account_id = meta_claims.account_id
            and days.account_day = meta_claims.account_day
            and days.campaign_id = meta_claims.campaign_id
),

campaign_days as (
    select * from google_ads
    union all
    select * from facebook_ads
)

select * from campaign_days
