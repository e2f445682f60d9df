-- grain: one row per platform, account and account-local day, as the platform totals it
{{ by_day() }}
with meta_claims as (
    select
        account_id,
        account_day,
        cast(sum(conversions_click_7d) as double) as conversions_click_through,
        cast(sum(conversions_view_1d) as double) as conversions_view_through
    from {{ of_due_days(ref('int_marketing__facebook_ads_claims'), 'facebook_ads') }}
    where entity_kind = 'account'
    group by account_id, account_day
),

account_days as (
    select
        'google_ads' as platform,
        account_id,
        account_day,
        impressions,
        clicks,
        cost_micros as spend_micros,
        conversions as conversions_click_through,
        cast(view_through_conversions as double) as conversions_view_through
    from {{ of_due_days(ref('stg_google_ads__account_day')) }}
    union all
    select
        'facebook_ads' as platform,
        days.account_id,
        days.account_day,
        days.impressions,
        days.outbound_clicks as clicks,
        days.spend_micros,
        coalesce(meta_claims.conversions_click_through, 0) as conversions_click_through,
        coalesce(meta_claims.conversions_view_through, 0) as conversions_view_through
    from {{ of_due_days(ref('stg_facebook_ads__account_day')) }} as days
    -- left, 1:1: most days have conversions, none need have
    left join meta_claims
        on days.account_id = meta_claims.account_id and days.account_day = meta_claims.account_day
)

select * from account_days
