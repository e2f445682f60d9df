-- grain: one row per company, product and day from which its cost holds
with products as (
    select
        products.account_id as company_id,
        products.product_id,
        products.name as product_name,
        products.category,
        products.valid_from,
        products.currency as cost_currency,
        {{ to_micros('products.unit_cost') }} as unit_cost_micros
    from {{ ref('stg_ledger__products') }} as products
    -- inner, n:1: the price list as it stood at the latest pull
    inner join {{ ref('int_finance__snapshots') }} as snapshots
        on
            products.account_id = snapshots.company_id
            and products.account_day = snapshots.account_day
            and snapshots.stream = 'products'
),

unit_costs as (
    select
        *,
        lead(valid_from, 1, date '9999-12-31') over (
            partition by company_id, product_id
            order by valid_from
        ) as valid_to
    from products
)

select * from unit_costs
