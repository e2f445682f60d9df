-- grain: one row per account, account-local day, campaign, action, lag bucket and contact
-- depends_on: {{ ref('stg_google_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        campaign_id,
        conversion_action_id,
        conversion_action_name,
        conversion_action_category,
        lag_bucket,
        contact,
        conversions,
        {{ to_micros('conversions_value') }} as conversions_value_micros,
        all_conversions,
        {{ to_micros('all_conversions_value') }} as all_conversions_value_micros,
        pulled_at as content_pulled_at
    from {{ source('google_ads', 'campaign_conversion') }}
)

select * from landed
