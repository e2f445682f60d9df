-- grain: one row per account, account-local day of the pull and campaign
-- depends_on: {{ ref('stg_facebook_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        campaign_id,
        campaign_name,
        objective,
        status,
        effective_status,
        buying_type,
        created_time,
        pulled_at as content_pulled_at
    from {{ source('facebook_ads', 'campaign') }}
)

select * from landed
