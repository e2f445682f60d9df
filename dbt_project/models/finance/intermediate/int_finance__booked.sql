-- grain: one row per company and order that stands in the ledger, before refunds
with orders as (
    select * from {{ ref('stg_ledger__orders') }}
),

booked as (
    select
        account_id as company_id,
        order_id,
        account_day as order_date,
        ordered_at,
        client_id,
        sales_channel,
        currency,
        {{ to_micros('net_amount') }} as net_micros,
        {{ to_micros('tax_amount') }} as tax_micros,
        has_consent,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_id,
        gclid,
        gad_campaign_id,
        fbclid,
        modified_at
    from orders
)

select * from booked
