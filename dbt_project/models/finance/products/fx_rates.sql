-- grain: one row per calendar day, currency and reporting currency
with quotes as (
    select * from {{ ref('int_finance__quotes') }}
),

calendar as (
    select * from {{ ref('int_finance__calendar') }}
),

pulls as (
    select * from {{ ref('stg_ecb__pulls') }}
),

cross_rates as (
    select
        quotes.published_on,
        quotes.currency as from_currency,
        reporting.currency as to_currency,
        {{ exact_ratio('reporting.units_per_eur', 'quotes.units_per_eur') }} as rate
    from quotes
    -- inner, n:1: a day on which the reporting currency has no quote gives no rates
    inner join quotes as reporting
        on
            quotes.published_on = reporting.published_on
            and reporting.currency = '{{ var("reporting_currency") }}'
),

newest_first as (
    select
        calendar.rate_date,
        cross_rates.*,
        row_number() over (
            partition by calendar.rate_date, cross_rates.from_currency
            order by cross_rates.published_on desc
        ) as recency
    from calendar
    -- inner, 1:n: weekends and holidays carry the last quote, a series that ended does not go on
    inner join cross_rates
        on cross_rates.published_on between calendar.rate_date - 7 and calendar.rate_date
),

fx_rates as (
    select
        newest_first.rate_date,
        newest_first.from_currency,
        newest_first.to_currency,
        newest_first.rate,
        newest_first.published_on,
        cast(newest_first.rate_date - newest_first.published_on as integer) as carried_days,
        pulls.sandbox
    from newest_first
    -- inner, n:1: every quote has its pull
    inner join pulls on newest_first.published_on = pulls.account_day
    where newest_first.recency = 1
)

select * from fx_rates
