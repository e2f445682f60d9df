-- grain: one row per month of which any booking day was read, over all companies
with ledger_days as (
    select
        *,
        cast(date_trunc('month', booking_day) as date) as month
    from {{ ref('int_finance__ledger_days') }}
),

company_months as (
    select
        company_id,
        month,
        bool_and(day_was_over) and count(*) = day(last_day(month)) as is_complete,
        bool_or(sandbox) as sandbox
    from ledger_days
    group by company_id, month
),

ledger_months as (
    select
        month,
        bool_and(is_complete) as is_complete,
        bool_or(sandbox) as sandbox
    from company_months
    group by month
)

select * from ledger_months
