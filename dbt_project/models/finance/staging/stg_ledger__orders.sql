-- grain: one row per company and order
-- depends_on: {{ ref('stg_ledger__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        order_id,
        client_id,
        order_date,
        ordered_at,
        sales_channel,
        currency,
        net_amount,
        tax_amount,
        has_consent,
        utm_source,
        utm_medium,
        utm_campaign,
        utm_id,
        gclid,
        gad_campaign_id,
        fbclid,
        modified_at,
        pulled_at as content_pulled_at
    from {{ source('ledger', 'orders') }}
)

select * from landed
