-- grain: one row per account, account-local day, campaign and version of the slice
-- depends_on: {{ ref('stg_google_ads__slice_versions') }}, which says what is due
{{ config(incremental_strategy='append') }}

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
        view_through_conversions,
        pulled_at as content_pulled_at
    from {{ source('google_ads', 'campaign_day__versions') }}
)

select * from landed
