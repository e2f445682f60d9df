-- grain: one row per calendar day and currency that had a quote in the week before
with quoted as (
    select
        calendar.rate_date,
        rates.currency,
        arg_max(rates.units_per_eur, rates.account_day) as units_per_eur,
        max(rates.account_day) as published_on
    from {{ ref('int_finance__calendar') }} as calendar
    -- inner, 1:n: weekends and holidays carry the last quote
    inner join {{ ref('stg_ecb__reference_rate') }} as rates
        on rates.account_day between calendar.rate_date - 7 and calendar.rate_date
    group by calendar.rate_date, rates.currency
),

with_euro as (
    select * from quoted
    union all
    select
        rate_date,
        'EUR' as currency,
        1 as units_per_eur,
        max(published_on) as published_on
    from quoted
    group by rate_date
),

control_fx_rates as (
    select
        with_euro.rate_date,
        with_euro.currency as from_currency,
        '{{ var("reporting_currency") }}' as to_currency,
        with_euro.published_on,
        cast(reporting.units_per_eur as double) / with_euro.units_per_eur as rate
    from with_euro
    -- inner, n:1: a day on which the reporting currency has no quote gives no rates
    inner join with_euro as reporting
        on
            with_euro.rate_date = reporting.rate_date
            and reporting.currency = '{{ var("reporting_currency") }}'
)

select * from control_fx_rates
