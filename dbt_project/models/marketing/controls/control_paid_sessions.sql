-- grain: one row per reporting day with paid traffic of any campaign or none
with paid as (
    select traffic_key
    from {{ ref('int_marketing__traffic_matches') }}
    where is_paid
),

-- From the landed hours: what was matched to which campaign does not matter to the total.
hours as (
    select
        traffic_key,
        sessions,
        {{ local_day('hour_start', "'" ~ var('reporting_time_zone') ~ "'") }} as reporting_day
    from {{ ref('int_marketing__session_hours') }}
),

control_paid_sessions as (
    select
        hours.reporting_day,
        sum(hours.sessions) as sessions
    from hours
    -- inner, n:1: unpaid traffic has no campaign
    inner join paid on hours.traffic_key = paid.traffic_key
    group by hours.reporting_day
)

select * from control_paid_sessions
