-- grain: one row per account, account-local day of the pull and ad group
-- depends_on: {{ ref('stg_google_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        ad_group_id,
        ad_group_name,
        campaign_id,
        status,
        type as ad_group_type,
        pulled_at as content_pulled_at
    from {{ source('google_ads', 'ad_group') }}
)

select * from landed
