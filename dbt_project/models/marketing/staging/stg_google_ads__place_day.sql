-- grain: one row per account, account-local day, campaign, country, region and targeting of it
-- depends_on: {{ ref('stg_google_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        campaign_id,
        country_id,
        country_code,
        region_id,
        region_name,
        is_targeted,
        impressions,
        clicks,
        cost_micros,
        conversions,
        pulled_at as content_pulled_at
    from {{ source('google_ads', 'place_day') }}
)

select * from landed
