-- grain: one row per channel and month of which any day is wholly known
with channel_days as (
    select
        platform as channel,
        reporting_day,
        sum(spend_reporting_micros) as spend_reporting_micros,
        count(*) filter (where not is_complete) as unknown_rows
    from {{ source('marketing', 'campaign_performance') }}
    group by platform, reporting_day
),

control_channel_months as (
    select
        channel,
        cast(date_trunc('month', reporting_day) as date) as month,
        cast(count(*) as integer) as days_known,
        max(reporting_day) as last_known_day,
        -- the mean known day, as many times as the month has days
        cast(
            round(
                avg(coalesce(spend_reporting_micros, 0))
                * day(last_day(min(reporting_day)))
            ) as bigint
        ) as projected_spend_reporting_micros
    from channel_days
    where unknown_rows = 0
    group by channel, date_trunc('month', reporting_day)
)

select * from control_channel_months
