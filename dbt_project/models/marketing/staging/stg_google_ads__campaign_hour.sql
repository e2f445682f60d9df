-- grain: one row per account, account-local day, campaign and hour of the account's clock
-- depends_on: {{ ref('stg_google_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        campaign_id,
        hour as hour_of_day,
        impressions,
        clicks,
        cost_micros,
        pulled_at as content_pulled_at
    from {{ source('google_ads', 'campaign_hour') }}
)

select * from landed
