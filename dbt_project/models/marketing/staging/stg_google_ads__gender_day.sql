-- grain: one row per account, account-local day, ad group and gender
-- depends_on: {{ ref('stg_google_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        campaign_id,
        ad_group_id,
        criterion_id,
        gender,
        impressions,
        clicks,
        cost_micros,
        conversions,
        pulled_at as content_pulled_at
    from {{ source('google_ads', 'gender_day') }}
)

select * from landed
