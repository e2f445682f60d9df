-- grain: one row per month and channel with a budget, over all companies
with budgets as (
    select
        budgets.account_id as company_id,
        budgets.month,
        budgets.channel,
        budgets.currency,
        {{ to_micros('budgets.amount') }} as budget_micros
    from {{ ref('stg_ledger__budgets') }} as budgets
    -- inner, n:1: as they stood at the latest pull
    inner join {{ ref('int_finance__snapshots') }} as snapshots
        on
            budgets.account_id = snapshots.company_id
            and budgets.account_day = snapshots.account_day
            and snapshots.stream = 'budgets'
),

fx_rates as (
    select * from {{ ref('fx_rates') }}
),

known_rates as (
    select
        from_currency,
        min(rate_date) as first_day,
        max(rate_date) as last_day
    from fx_rates
    group by from_currency
),

converted_budgets as (
    select
        budgets.month,
        budgets.channel,
        {{ converted('budgets.budget_micros', 'fx_rates.rate') }} as budget_reporting_micros
    from budgets
    -- left, n:1: a currency without a rate stays NULL and is refused
    left join known_rates on budgets.currency = known_rates.from_currency
    -- left, n:1: the rate of the month's first day, for a month to come the newest
    left join fx_rates
        on
            budgets.currency = fx_rates.from_currency
            and greatest(known_rates.first_day, least(budgets.month, known_rates.last_day))
            = fx_rates.rate_date
),

summed as (
    select
        month,
        channel,
        {{ whole_sum('budget_reporting_micros') }} as budget_reporting_micros
    from converted_budgets
    group by month, channel
)

select * from summed
