-- grain: one row per account, account-local day of the pull and ad
-- depends_on: {{ ref('stg_facebook_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        ad_id,
        ad_name,
        ad_set_id,
        campaign_id,
        status,
        effective_status,
        url_tags,
        pulled_at as content_pulled_at
    from {{ source('facebook_ads', 'ad') }}
)

select * from landed
