-- grain: one row per account, account-local day, campaign, app and device
-- depends_on: {{ ref('stg_facebook_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        campaign_id,
        publisher_platform,
        impression_device,
        impressions,
        outbound_clicks,
        {{ to_micros('spend') }} as spend_micros,
        actions,
        pulled_at as content_pulled_at
    from {{ source('facebook_ads', 'device_day') }}
)

select * from landed
