-- grain: one row per day of publication and currency
-- depends_on: {{ ref('stg_ecb__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        currency,
        units_per_eur,
        pulled_at as content_pulled_at
    from {{ source('ecb', 'reference_rate') }}
)

select * from landed
