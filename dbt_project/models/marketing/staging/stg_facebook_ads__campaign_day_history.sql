-- grain: one row per account, account-local day, campaign and version of the slice
-- depends_on: {{ ref('stg_facebook_ads__slice_versions') }}, which says what is due
{{ config(incremental_strategy='append') }}

with landed as (
    select
        account_id,
        account_day,
        campaign_id,
        impressions,
        outbound_clicks,
        {{ to_micros('spend') }} as spend_micros,
        actions,
        action_values,
        pulled_at as content_pulled_at
    from {{ source('facebook_ads', 'campaign_day__versions') }}
)

select * from landed
