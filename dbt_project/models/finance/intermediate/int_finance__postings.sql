-- grain: one row per month of posting, company, client, product, currency and side (sale or refund)
with sales as (
    select
        cast(date_trunc('month', order_date) as date) as month,
        company_id,
        client_id,
        product_id,
        currency,
        'sale' as side,
        count(distinct order_id) as orders,
        sum(quantity) as quantity,
        {{ whole_sum('net_micros') }} as net_micros,
        {{ whole_sum('net_reporting_micros') }} as net_reporting_micros,
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
        0 as orders,
        sum(returned_quantity) as quantity,
        {{ whole_sum('net_micros') }} as net_micros,
        {{ whole_sum('net_reporting_micros') }} as net_reporting_micros,
        {{ whole_sum('cost_reporting_micros') }} as cost_reporting_micros
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
