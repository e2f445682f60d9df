-- grain: one row per account, account-local day of the pull
-- depends_on: {{ ref('stg_facebook_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        account_name,
        currency,
        timezone_name,
        account_status,
        business_id,
        business_name,
        pulled_at as content_pulled_at
    from {{ source('facebook_ads', 'account') }}
)

select * from landed
