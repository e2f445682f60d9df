-- grain: one row per company and order that stands in the ledger
with orders as (
    select * from {{ ref('int_finance__booked') }}
),

sold as (
    select
        company_id,
        order_id,
        {{ whole_sum('net_reporting_micros') }} as net_reporting_micros,
        {{ whole_sum('cost_reporting_micros') }} as cost_reporting_micros
    from {{ ref('int_finance__sales') }}
    group by company_id, order_id
),

refunded as (
    select
        company_id,
        order_id,
        max(refund_date) as last_refunded_on,
        {{ whole_sum('net_micros') }} as net_micros,
        {{ whole_sum('net_reporting_micros') }} as net_reporting_micros,
        {{ whole_sum('cost_reporting_micros') }} as cost_reporting_micros
    from {{ ref('int_finance__refunds') }}
    group by company_id, order_id
),

fx_rates as (
    select * from {{ ref('fx_rates') }}
),

ledger_days as (
    select * from {{ ref('int_finance__ledger_days') }}
),

joined as (
    select
        orders.*,
        refunded.last_refunded_on,
        fx_rates.rate as fx_rate,
        fx_rates.published_on as fx_published_on,
        sold.net_reporting_micros,
        sold.cost_reporting_micros as sold_cost_micros,
        ledger_days.sandbox,
        refunded.order_id is not null as was_refunded,
        case when refunded.order_id is null then 0 else refunded.net_micros end
            as refunded_net_micros,
        case when refunded.order_id is null then 0 else refunded.net_reporting_micros end
            as refunded_reporting_micros,
        case when refunded.order_id is null then 0 else refunded.cost_reporting_micros end
            as returned_cost_micros,
        row_number() over (
            partition by orders.company_id, orders.client_id
            order by orders.ordered_at, orders.order_id
        ) as order_of_client
    from orders
    -- left, 1:1: an order without lines has no figures and is refused
    left join sold
        on
            orders.company_id = sold.company_id
            and orders.order_id = sold.order_id
    -- left, 1:1: most orders are kept
    left join refunded
        on
            orders.company_id = refunded.company_id
            and orders.order_id = refunded.order_id
    -- left, n:1: a day without a rate stays NULL and is refused
    left join fx_rates
        on
            orders.order_date = fx_rates.rate_date
            and orders.currency = fx_rates.from_currency
    -- inner, n:1: every order was read with its day
    inner join ledger_days
        on
            orders.company_id = ledger_days.company_id
            and orders.order_date = ledger_days.booking_day
),

final as (
    select
        company_id,
        order_id,
        order_date,
        ordered_at,
        {{ local_day('ordered_at', "'" ~ var('reporting_time_zone') ~ "'") }} as reporting_day,
        client_id,
        order_of_client = 1 as is_first_order,
        sales_channel,
        currency,
        net_micros,
        tax_micros,
        cast(refunded_net_micros as bigint) as refunded_net_micros,
        cast(net_micros - refunded_net_micros as bigint) as revenue_micros,
        last_refunded_on,
        '{{ var("reporting_currency") }}' as reporting_currency,
        fx_rate,
        fx_published_on,
        net_reporting_micros,
        cast(refunded_reporting_micros as bigint) as refunded_reporting_micros,
        cast(net_reporting_micros - refunded_reporting_micros as bigint)
            as revenue_reporting_micros,
        cast(sold_cost_micros - returned_cost_micros as bigint) as cost_reporting_micros,
        cast(
            net_reporting_micros - refunded_reporting_micros
            - sold_cost_micros + returned_cost_micros as bigint
        ) as gross_profit_reporting_micros,
        has_consent,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_id,
        gad_campaign_id as google_ads_campaign_id,
        case
            when gclid is not null then 'gclid'
            when fbclid is not null then 'fbclid'
        end as click_id_kind,
        modified_at,
        sandbox
    from joined
)

select * from final
