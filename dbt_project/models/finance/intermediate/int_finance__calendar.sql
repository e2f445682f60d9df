-- grain: one row per calendar day for which a rate is due
with pulls as (
    select
        account_day,
        sandbox
    from {{ ref('stg_ecb__pulls') }}
),

-- Accounts east and west of the company report days that end up to two days after the last pull.
bounds as (
    select
        min(account_day) as first_day,
        max(account_day) + 2 as last_day
    from pulls
),

calendar as (
    select cast(unnest(generate_series(first_day, last_day, interval 1 day)) as date) as rate_date
    from bounds
)

select * from calendar
