-- grain: one row per month of posting, company, client, product, currency and side (sale or refund)
with sales as (
    select
        cast(date_trunc('month', order_date) as date) as month,
        company_id,
        client_id,
        product_id,
        currency,
        'sale' as side,
        sum(quantity) as quantity_sold,
        0 as quantity_returned,
        sum(net_micros) as net_micros,
        0 as refunded_net_micros,
        {{ whole_sum('net_reporting_micros') }} as revenue_reporting_micros,
        {{ whole_sum('cost_reporting_micros') }} as cost_reporting_micros
    from {{ ref('int_finance__sales') }}
    group by
        date_trunc('month', order_date),
        company_id,
        client_id,
        product_id,
        currency
),

refunds as (
    select
        cast(date_trunc('month', refund_date) as date) as month,
        company_id,
        client_id,
        product_id,
        currency,
        'refund' as side,
        0 as quantity_sold,
        sum(returned_quantity) as quantity_returned,
        0 as net_micros,
        sum(net_micros) as refunded_net_micros,
        -{{ whole_sum('net_reporting_micros') }} as revenue_reporting_micros,
        -{{ whole_sum('cost_reporting_micros') }} as cost_reporting_micros
    from {{ ref('int_finance__refunds') }}
    group by
        date_trunc('month', refund_date),
        company_id,
        client_id,
        product_id,
        currency
),

postings as (
    select * from sales
    union all
    select * from refunds
)

select * from postings
