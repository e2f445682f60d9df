-- grain: one row per account, account-local day of the pull and campaign
-- depends_on: {{ ref('stg_google_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        campaign_id,
        campaign_name,
        status,
        channel_type,
        channel_sub_type,
        bidding_strategy_type,
        start_date,
        end_date,
        tracking_url_template,
        final_url_suffix,
        pulled_at as content_pulled_at
    from {{ source('google_ads', 'campaign') }}
)

select * from landed
