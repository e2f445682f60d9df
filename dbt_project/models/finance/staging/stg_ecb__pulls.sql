-- grain: one row per stream, account and account-local day, the latest pull of that slice
{{ config(incremental_strategy='latest_pull') }}

with pulls as (
    select
        *,
        row_number() over (
            partition by stream, account_id, account_day
            order by pulled_at desc, logged_at desc
        ) as recency
    from {{ source('ecb', '_pull_log') }}
),

latest_pulls as (
    select
        stream,
        account_id,
        account_day,
        pulled_at,
        content_pulled_at,
        outcome,
        row_count,
        content_file,
        day_was_over,
        account_name,
        account_time_zone,
        account_currency,
        control_difference,
        sandbox,
        logged_at
    from pulls
    where recency = 1
)

select * from latest_pulls
