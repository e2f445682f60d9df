-- grain: one row per company, day of the pull, product and day from which its cost holds
-- depends_on: {{ ref('stg_ledger__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        product_id,
        valid_from,
        name,
        category,
        currency,
        unit_cost,
        modified_at,
        pulled_at as content_pulled_at
    from {{ source('ledger', 'products') }}
)

select * from landed
