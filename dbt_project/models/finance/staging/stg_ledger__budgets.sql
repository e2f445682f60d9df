-- grain: one row per company and month and channel, as it stood on the day of the pull
-- depends_on: {{ ref('stg_ledger__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        month,
        channel,
        currency,
        amount,
        modified_at,
        pulled_at as content_pulled_at
    from {{ source('ledger', 'budgets') }}
)

select * from landed
