-- grain: one row per account, account-local day, campaign and hour of the account's clock
-- depends_on: {{ ref('stg_facebook_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        campaign_id,
        hour as hour_of_day,
        impressions,
        clicks_all,
        inline_link_clicks,
        outbound_clicks,
        {{ to_micros('spend') }} as spend_micros,
        pulled_at as content_pulled_at
    from {{ source('facebook_ads', 'campaign_hour') }}
)

select * from landed
