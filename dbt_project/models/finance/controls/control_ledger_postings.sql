-- grain: one row per company and posting: an order line as sold, or a refund of one
with lines as (
    select * from {{ ref('stg_ledger__order_lines') }}
),

newest_prices as (
    select *
    from {{ ref('stg_ledger__products') }}
    qualify account_day = max(account_day) over (partition by account_id)
),

fx_rates as (
    select * from {{ ref('fx_rates') }}
),

-- of all prices up to the order's day, the last one
priced as (
    select
        lines.account_id,
        lines.order_id,
        lines.line_no,
        {{ to_micros('arg_max(newest_prices.unit_cost, newest_prices.valid_from)') }}
            as unit_cost_micros,
        arg_max(newest_prices.currency, newest_prices.valid_from) as cost_currency
    from lines
    -- inner, 1:n: a line without a price has no cost here, and so differs
    inner join newest_prices
        on
            lines.account_id = newest_prices.account_id
            and lines.product_id = newest_prices.product_id
            and lines.account_day >= newest_prices.valid_from
    group by lines.account_id, lines.order_id, lines.line_no
),

sold as (
    select
        lines.account_id as company_id,
        lines.order_id,
        lines.line_no,
        lines.account_day as order_date,
        orders.client_id,
        lines.product_id,
        lines.currency,
        lines.quantity,
        {{ to_micros('lines.net_amount') }} as net_micros,
        rates.rate,
        priced.unit_cost_micros,
        cost_rates.rate as cost_rate
    from lines
    -- inner, n:1: what is no part of an order was not sold
    inner join {{ ref('stg_ledger__orders') }} as orders
        on lines.account_id = orders.account_id and lines.order_id = orders.order_id
    -- left, 1:1: see above
    left join priced
        on
            lines.account_id = priced.account_id
            and lines.order_id = priced.order_id
            and lines.line_no = priced.line_no
    -- left, n:1: a day without a rate gives nothing, and so differs
    left join fx_rates as rates
        on lines.account_day = rates.rate_date and lines.currency = rates.from_currency
    -- left, n:1: likewise
    left join fx_rates as cost_rates
        on
            lines.account_day = cost_rates.rate_date
            and priced.cost_currency = cost_rates.from_currency
),

given_back as (
    select
        sold.company_id,
        sold.order_id,
        sold.client_id,
        sold.unit_cost_micros,
        sold.cost_rate,
        refunds.account_day as posted_on,
        refunds.product_id,
        refunds.currency,
        refunds.returned_quantity,
        {{ to_micros('refunds.net_amount') }} as net_micros,
        rates.rate
    from {{ ref('stg_ledger__refunds') }} as refunds
    -- inner, n:1: what was never sold cannot come back
    inner join sold
        on
            refunds.account_id = sold.company_id
            and refunds.order_id = sold.order_id
            and refunds.line_no = sold.line_no
    -- left, n:1: as above
    left join fx_rates as rates
        on refunds.account_day = rates.rate_date and refunds.currency = rates.from_currency
),

control_ledger_postings as (
    select
        company_id,
        order_id,
        order_date as posted_on,
        client_id,
        product_id,
        currency,
        quantity as quantity_sold,
        0 as quantity_returned,
        net_micros,
        0 as refunded_net_micros,
        {{ converted('net_micros', 'rate') }} as net_reporting_micros,
        0 as refunded_reporting_micros,
        {{ converted('quantity * unit_cost_micros', 'cost_rate') }} as cost_reporting_micros
    from sold
    union all
    select
        company_id,
        order_id,
        posted_on,
        client_id,
        product_id,
        currency,
        0 as quantity_sold,
        returned_quantity as quantity_returned,
        0 as net_micros,
        net_micros as refunded_net_micros,
        0 as net_reporting_micros,
        {{ converted('net_micros', 'rate') }} as refunded_reporting_micros,
        -{{ converted('returned_quantity * unit_cost_micros', 'cost_rate') }}
            as cost_reporting_micros
    from given_back
)

select * from control_ledger_postings
