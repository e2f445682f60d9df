-- grain: one row per company and order that was landed
with landed as (
    select * from {{ ref('stg_ledger__orders') }}
),

-- of orders of one instant, the one with the first id
first_orders as (
    select
        account_id,
        client_id,
        arg_min(order_id, (ordered_at, order_id)) as order_id
    from landed
    group by account_id, client_id
),

control_orders as (
    select
        landed.account_id as company_id,
        landed.order_id,
        landed.account_day as order_date,
        landed.ordered_at,
        {{ local_day('landed.ordered_at', "'" ~ var('reporting_time_zone') ~ "'") }}
            as reporting_day,
        first_orders.order_id is not null as is_first_order,
        landed.sales_channel,
        landed.has_consent,
        landed.utm_source,
        landed.utm_medium,
        landed.utm_campaign,
        landed.utm_id,
        landed.gad_campaign_id as google_ads_campaign_id,
        landed.modified_at
    from landed
    -- left, 1:1: every later order of a client
    left join first_orders
        on
            landed.account_id = first_orders.account_id
            and landed.client_id = first_orders.client_id
            and landed.order_id = first_orders.order_id
)

select * from control_orders
