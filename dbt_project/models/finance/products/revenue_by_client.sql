-- grain: one row per month of posting, company, client and currency
with postings as (
    select * from {{ ref('int_finance__postings') }}
),

clients as (
    select * from {{ ref('int_finance__clients') }}
),

order_counts as (
    select
        cast(date_trunc('month', order_date) as date) as month,
        company_id,
        client_id,
        currency,
        count(*) as orders
    from {{ ref('orders') }}
    group by date_trunc('month', order_date), company_id, client_id, currency
),

origin as (
    select bool_or(sandbox) as sandbox
    from {{ ref('int_finance__ledger_days') }}
),

summed as (
    select
        month,
        company_id,
        client_id,
        currency,
        sum(net_micros) as net_micros,
        sum(refunded_net_micros) as refunded_net_micros,
        {{ whole_sum('revenue_reporting_micros') }} as revenue_reporting_micros,
        {{ whole_sum('cost_reporting_micros') }} as cost_reporting_micros
    from postings
    group by month, company_id, client_id, currency
),

revenue_by_client as (
    select
        summed.month,
        summed.company_id,
        summed.client_id,
        clients.client_kind,
        clients.business_name,
        clients.country,
        summed.currency,
        cast(coalesce(order_counts.orders, 0) as bigint) as orders,
        cast(summed.net_micros as bigint) as net_micros,
        cast(summed.refunded_net_micros as bigint) as refunded_net_micros,
        cast(summed.net_micros - summed.refunded_net_micros as bigint) as revenue_micros,
        '{{ var("reporting_currency") }}' as reporting_currency,
        summed.revenue_reporting_micros,
        summed.cost_reporting_micros,
        summed.revenue_reporting_micros - summed.cost_reporting_micros
            as gross_profit_reporting_micros,
        cast(summed.revenue_reporting_micros - summed.cost_reporting_micros as double)
        / nullif(summed.revenue_reporting_micros, 0) as gross_margin,
        origin.sandbox
    from summed
    cross join origin
    -- left, n:1: whose data was erased still has revenue
    left join clients
        on
            summed.company_id = clients.company_id
            and summed.client_id = clients.client_id
    -- left, 1:1: a month with refunds alone has no orders
    left join order_counts
        on
            summed.month = order_counts.month
            and summed.company_id = order_counts.company_id
            and summed.client_id = order_counts.client_id
            and summed.currency = order_counts.currency
)

select * from revenue_by_client
