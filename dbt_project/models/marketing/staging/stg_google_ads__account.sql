-- grain: one row per account, account-local day of the pull
-- depends_on: {{ ref('stg_google_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        account_name,
        currency_code,
        time_zone,
        status,
        test_account,
        auto_tagging_enabled,
        pulled_at as content_pulled_at
    from {{ source('google_ads', 'account') }}
)

select * from landed
