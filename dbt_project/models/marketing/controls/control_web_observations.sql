-- grain: one row per reporting day that any witness told of
-- From the landed hours, whatever campaign they belong to.
with google as (
    select
        {{ local_day('hour_start', "'" ~ var('reporting_time_zone') ~ "'") }} as reporting_day,
        sum(sessions) as sessions,
        sum(purchases) as purchases,
        sum(leads) as leads
    from {{ ref('int_marketing__session_hours') }}
    group by all
),

suites as (
    select
        account_id,
        max_by(account_time_zone, pulled_at) as account_time_zone
    from {{ ref('stg_adobe_analytics__pulls') }}
    group by account_id
),

adobe as (
    select
        {{ local_day(
            local_hour_start('hours.account_day', 'hours.hour_of_day', 'suites.account_time_zone'),
            "'" ~ var('reporting_time_zone') ~ "'"
        ) }} as reporting_day,
        {{ whole_sum('hours.visits_begun') }} as visits,
        {{ whole_sum('hours.orders') }} as orders,
        {{ whole_sum('hours.leads') }} as leads
    from {{ ref('stg_adobe_analytics__campaign_hour') }} as hours
    inner join suites on hours.account_id = suites.account_id
    group by all
),

control_web_observations as (
    select
        coalesce(google.reporting_day, adobe.reporting_day) as reporting_day,
        coalesce(google.sessions, 0) as sessions,
        coalesce(google.purchases, 0) as key_event_purchases,
        coalesce(google.leads, 0) as key_event_leads,
        -- a column that Adobe did not answer has no total
        adobe.visits,
        adobe.orders,
        adobe.leads as order_leads
    from google
    -- full, 1:1: a company has one or the other or both
    full outer join adobe on google.reporting_day = adobe.reporting_day
)

select * from control_web_observations
