-- grain: one row per account, account-local day, campaign and device
-- depends_on: {{ ref('stg_google_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        campaign_id,
        device,
        impressions,
        clicks,
        cost_micros,
        conversions,
        pulled_at as content_pulled_at
    from {{ source('google_ads', 'device_day') }}
)

select * from landed
