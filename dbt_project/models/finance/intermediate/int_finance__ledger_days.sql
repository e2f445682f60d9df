-- grain: one row per company and booking day that was read
with ledger_days as (
    select
        account_id as company_id,
        account_day as booking_day,
        day_was_over,
        sandbox
    from {{ ref('stg_ledger__pulls') }}
    where stream = 'orders'
)

select * from ledger_days
