-- grain: one row per report suite, reporting day and tracking code
with hours as (
    select * from {{ ref('stg_adobe_analytics__campaign_hour') }}
),

suites as (
    select * from {{ ref('int_marketing__accounts') }}
    where platform = 'adobe_analytics'
),

placed as (
    select
        hours.*,
        suites.account_currency as suite_currency,
        {{ local_day(
            local_hour_start('hours.account_day', 'hours.hour_of_day', 'suites.account_time_zone'),
            "'" ~ var('reporting_time_zone') ~ "'"
        ) }} as reporting_day
    from hours
    -- inner, n:1: every landed row has its report suite
    inner join suites on hours.account_id = suites.account_id
),

visits as (
    select
        account_id as suite_id,
        suite_currency,
        reporting_day,
        tracking_code,
        -- a column that Adobe did not answer is unknown of the whole day
    {% for name in ['visits_begun', 'orders', 'revenue_micros', 'leads'] %}
        {{ whole_sum(name) }} as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
    from placed
    group by account_id, suite_currency, reporting_day, tracking_code
)

select * from visits
