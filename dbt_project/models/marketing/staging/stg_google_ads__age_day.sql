-- grain: one row per account, account-local day, ad group and age range
-- depends_on: {{ ref('stg_google_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        campaign_id,
        ad_group_id,
        criterion_id,
        age_range,
        impressions,
        clicks,
        cost_micros,
        conversions,
        pulled_at as content_pulled_at
    from {{ source('google_ads', 'age_day') }}
)

select * from landed
