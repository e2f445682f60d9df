-- grain: one row per day of publication and currency, the euro itself included
with reference_rates as (
    select
        account_day as published_on,
        currency,
        units_per_eur
    from {{ ref('stg_ecb__reference_rate') }}
),

quotes as (
    select * from reference_rates
    union all
    select distinct
        published_on,
        'EUR' as currency,
        cast(1 as decimal(20, 6)) as units_per_eur
    from reference_rates
)

select * from quotes
