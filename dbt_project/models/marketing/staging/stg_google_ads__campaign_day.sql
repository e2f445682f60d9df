-- grain: one row per account, account-local day and campaign
-- depends_on: {{ ref('stg_google_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        campaign_id,
        impressions,
        clicks,
        cost_micros,
        conversions,
        {{ to_micros('conversions_value') }} as conversions_value_micros,
        all_conversions,
        {{ to_micros('all_conversions_value') }} as all_conversions_value_micros,
        view_through_conversions,
        platform_comparable_conversions,
        {{ to_micros('platform_comparable_conversions_value') }}
            as platform_comparable_conversions_value_micros,
        pulled_at as content_pulled_at
    from {{ source('google_ads', 'campaign_day') }}
)

select * from landed
