-- grain: one row per company, order and line, before refunds
with order_lines as (
    select
        *,
        {{ to_micros('net_amount') }} as net_micros,
        {{ to_micros('tax_amount') }} as tax_micros
    from {{ ref('stg_ledger__order_lines') }}
),

orders as (
    select * from {{ ref('int_finance__booked') }}
),

unit_costs as (
    select * from {{ ref('int_finance__unit_costs') }}
),

fx_rates as (
    select * from {{ ref('fx_rates') }}
),

sales as (
    select
        order_lines.account_id as company_id,
        order_lines.order_id,
        order_lines.line_no,
        order_lines.account_day as order_date,
        orders.client_id,
        order_lines.product_id,
        order_lines.quantity,
        order_lines.currency,
        order_lines.net_micros,
        order_lines.tax_micros,
        rates.rate as fx_rate,
        {{ converted('order_lines.net_micros', 'rates.rate') }} as net_reporting_micros,
        unit_costs.unit_cost_micros,
        cost_rates.rate as cost_fx_rate,
        {{ converted('order_lines.quantity * unit_costs.unit_cost_micros', 'cost_rates.rate') }}
            as cost_reporting_micros
    from order_lines
    -- inner, n:1: a line without its order is no sale; a test refuses the difference in money
    inner join orders
        on
            order_lines.account_id = orders.company_id
            and order_lines.order_id = orders.order_id
    -- left, n:1: a day without a rate stays NULL and is refused
    left join fx_rates as rates
        on
            order_lines.account_day = rates.rate_date
            and order_lines.currency = rates.from_currency
    -- left, n:1: a product without a cost stays NULL and is refused
    left join unit_costs
        on
            order_lines.account_id = unit_costs.company_id
            and order_lines.product_id = unit_costs.product_id
            and order_lines.account_day >= unit_costs.valid_from
            and order_lines.account_day < unit_costs.valid_to
    -- left, n:1: likewise
    left join fx_rates as cost_rates
        on
            order_lines.account_day = cost_rates.rate_date
            and unit_costs.cost_currency = cost_rates.from_currency
)

select * from sales
