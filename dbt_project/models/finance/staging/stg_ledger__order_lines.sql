-- grain: one row per company and order and line
-- depends_on: {{ ref('stg_ledger__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        order_id,
        line_no,
        product_id,
        quantity,
        currency,
        net_amount,
        tax_amount,
        modified_at,
        pulled_at as content_pulled_at
    from {{ source('ledger', 'order_lines') }}
)

select * from landed
