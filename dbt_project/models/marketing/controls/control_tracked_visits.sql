-- grain: one row per campaign and reporting day that a tracking code brought visits or orders to
with suites as (
    select
        account_id,
        max_by(account_time_zone, pulled_at) as account_time_zone,
        max_by(account_currency, pulled_at) as account_currency
    from {{ ref('stg_adobe_analytics__pulls') }}
    group by account_id
),

hours as (
    select
        landed.account_id,
        landed.tracking_code,
        suites.account_currency,
        landed.visits_begun,
        landed.orders,
        landed.revenue_micros,
        {{ local_day(
            local_hour_start(
                'landed.account_day', 'landed.hour_of_day', 'suites.account_time_zone'
            ),
            "'" ~ var('reporting_time_zone') ~ "'"
        ) }} as reporting_day
    from {{ ref('stg_adobe_analytics__campaign_hour') }} as landed
    inner join suites on landed.account_id = suites.account_id
),

days as (
    select
        hours.account_id,
        hours.tracking_code,
        hours.reporting_day,
        hours.account_currency,
        sum(hours.visits_begun) as visits,
        sum(hours.orders) as orders,
        sum(hours.revenue_micros) as revenue_micros
    from hours
    group by
        hours.account_id, hours.tracking_code, hours.reporting_day, hours.account_currency
),

-- What was not answered for one hour is not known of the company's day.
answered as (
    select
        reporting_day,
        count(*) = count(visits_begun) as has_visits,
        count(*) = count(orders) as has_orders,
        count(*) = count(revenue_micros) as has_revenue
    from hours
    group by reporting_day
),

control_tracked_visits as (
    select
        codes.campaign_id,
        days.reporting_day,
        sum(days.visits) filter (where answered.has_visits) as visits,
        sum(days.orders) filter (where answered.has_orders) as orders,
        sum(
            case
                when answered.has_revenue
                    then {{ converted('days.revenue_micros', 'fx_rates.rate') }}
            end
        ) as value_micros
    from days
    -- inner, n:1: every day has hours
    inner join answered on days.reporting_day = answered.reporting_day
    -- inner, n:1: a code names one campaign
    inner join {{ ref('int_marketing__tracking_codes') }} as codes
        on days.tracking_code = codes.tracking_code
    -- left, n:1: a missing rate shows as a difference
    left join {{ source('finance', 'fx_rates') }} as fx_rates
        on
            days.account_currency = fx_rates.from_currency
            and days.reporting_day = fx_rates.rate_date
            and fx_rates.to_currency = '{{ var("reporting_currency") }}'
    where codes.campaign_id <> '(none)'
    group by codes.campaign_id, days.reporting_day
)

select * from control_tracked_visits
