-- grain: one row per month that was spent or booked in, over all campaigns and none
with together as (
    select
        cast(date_trunc('month', reporting_day) as date) as month,
        -- a day that is not wholly known has no spend yet
        coalesce(spend_reporting_micros, 0) as spend_reporting_micros,
        0 as orders,
        0 as new_clients,
        0 as revenue_reporting_micros,
        0 as cost_reporting_micros
    from {{ source('marketing', 'campaign_performance') }}
    union all
    select
        cast(date_trunc('month', order_date) as date) as month,
        0 as spend_reporting_micros,
        1 as orders,
        cast(is_first_order as integer) as new_clients,
        revenue_reporting_micros,
        cost_reporting_micros
    from {{ ref('orders') }}
),

control_marketing_profitability as (
    select
        month,
        sum(spend_reporting_micros) as spend_reporting_micros,
        sum(orders) as orders,
        sum(new_clients) as new_clients,
        sum(revenue_reporting_micros) as revenue_reporting_micros,
        sum(cost_reporting_micros) as cost_reporting_micros
    from together
    group by month
)

select * from control_marketing_profitability
