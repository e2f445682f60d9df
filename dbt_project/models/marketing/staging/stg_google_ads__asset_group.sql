-- grain: one row per account, account-local day of the pull and asset group
-- depends_on: {{ ref('stg_google_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        campaign_id,
        asset_group_id,
        asset_group_name,
        status,
        final_url,
        pulled_at as content_pulled_at
    from {{ source('google_ads', 'asset_group') }}
)

select * from landed
