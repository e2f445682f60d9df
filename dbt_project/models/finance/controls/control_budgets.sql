-- grain: one row per company, month and channel with a budget, as last read
with newest as (
    select *
    from {{ ref('stg_ledger__budgets') }}
    qualify account_day = max(account_day) over (partition by account_id)
),

-- of all rates up to the month's first day, the last one; else the first that is known
rated as (
    select
        newest.account_id as company_id,
        newest.month,
        newest.channel,
        {{ to_micros('any_value(newest.amount)') }} as budget_micros,
        coalesce(
            max_by(rates.rate, rates.rate_date) filter (where rates.rate_date <= newest.month),
            min_by(rates.rate, rates.rate_date)
        ) as rate
    from newest
    -- inner, 1:n: a budget without any rate gives nothing, and so differs
    inner join {{ ref('fx_rates') }} as rates on newest.currency = rates.from_currency
    group by newest.account_id, newest.month, newest.channel
),

control_budgets as (
    select
        company_id,
        month,
        channel,
        {{ converted('budget_micros', 'rate') }} as budget_reporting_micros
    from rated
)

select * from control_budgets
