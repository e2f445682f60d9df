-- grain: one row per company and refund
-- depends_on: {{ ref('stg_ledger__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        refund_id,
        order_id,
        line_no,
        product_id,
        refund_date,
        returned_quantity,
        currency,
        net_amount,
        tax_amount,
        modified_at,
        pulled_at as content_pulled_at
    from {{ source('ledger', 'refunds') }}
)

select * from landed
