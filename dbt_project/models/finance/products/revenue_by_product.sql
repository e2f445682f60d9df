-- grain: one row per month of posting, company, product and currency
with postings as (
    select * from {{ ref('int_finance__postings') }}
),

product_names as (
    select
        company_id,
        product_id,
        product_name,
        category
    from {{ ref('int_finance__unit_costs') }}
    where valid_to = date '9999-12-31'
),

origin as (
    select bool_or(sandbox) as sandbox
    from {{ ref('int_finance__ledger_days') }}
),

summed as (
    select
        month,
        company_id,
        product_id,
        currency,
        sum(quantity_sold) as quantity_sold,
        sum(quantity_returned) as quantity_returned,
        sum(net_micros) as net_micros,
        sum(refunded_net_micros) as refunded_net_micros,
        {{ whole_sum('revenue_reporting_micros') }} as revenue_reporting_micros,
        {{ whole_sum('cost_reporting_micros') }} as cost_reporting_micros
    from postings
    group by month, company_id, product_id, currency
),

revenue_by_product as (
    select
        summed.month,
        summed.company_id,
        summed.product_id,
        product_names.product_name,
        product_names.category,
        summed.currency,
        cast(summed.quantity_sold as bigint) as quantity_sold,
        cast(summed.quantity_returned as bigint) as quantity_returned,
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
    -- left, n:1: a product that left the list has no name any more
    left join product_names
        on
            summed.company_id = product_names.company_id
            and summed.product_id = product_names.product_id
)

select * from revenue_by_product
