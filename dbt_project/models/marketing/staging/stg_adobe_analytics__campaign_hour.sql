-- grain: one row per report suite, suite-local day, hour and tracking code
-- depends_on: {{ ref('stg_adobe_analytics__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        hour as hour_of_day,
        tracking_code_id,
        tracking_code,
        visits_begun,
        orders,
        {{ to_micros('revenue') }} as revenue_micros,
        leads,
        pulled_at as content_pulled_at
    from {{ source('adobe_analytics', 'campaign_hour') }}
)

select * from landed
