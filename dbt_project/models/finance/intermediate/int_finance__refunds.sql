-- grain: one row per company and refund
with refunds as (
    select
        *,
        {{ to_micros('net_amount') }} as net_micros
    from {{ ref('stg_ledger__refunds') }}
),

sales as (
    select * from {{ ref('int_finance__sales') }}
),

fx_rates as (
    select * from {{ ref('fx_rates') }}
),

with_order as (
    select
        refunds.account_id as company_id,
        refunds.refund_id,
        refunds.order_id,
        refunds.line_no,
        refunds.account_day as refund_date,
        sales.order_date,
        sales.client_id,
        refunds.product_id,
        refunds.returned_quantity,
        refunds.currency,
        refunds.net_micros,
        {{ converted('refunds.net_micros', 'rates.rate') }} as net_reporting_micros,
        -- goods come back at the cost at which they went out
        {{ converted('refunds.returned_quantity * sales.unit_cost_micros', 'sales.cost_fx_rate') }}
            as cost_reporting_micros
    from refunds
    -- left, n:1: a refund whose line is unknown stays, and a test refuses it
    left join sales
        on
            refunds.account_id = sales.company_id
            and refunds.order_id = sales.order_id
            and refunds.line_no = sales.line_no
    -- left, n:1: a day without a rate stays NULL and is refused
    left join fx_rates as rates
        on
            refunds.account_day = rates.rate_date
            and refunds.currency = rates.from_currency
)

select * from with_order
