-- grain: one row per property, property-local day, hour, source, medium, campaign
-- depends_on: {{ ref('stg_google_analytics__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        hour as hour_of_day,
        source as session_source,
        medium as session_medium,
        campaign_name,
        manual_campaign_id,
        google_ads_campaign_id,
        google_ads_customer_id,
        sessions,
        engaged_sessions,
        key_events,
        {{ to_micros('revenue') }} as revenue_micros,
        pulled_at as content_pulled_at
    from {{ source('google_analytics', 'session_hour') }}
)

select * from landed
