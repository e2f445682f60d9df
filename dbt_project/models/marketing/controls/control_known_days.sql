-- grain: one row per platform, account and reporting day that any pull knows something of
with complete_days as (
    select * from {{ ref('int_marketing__complete_days') }}
),

control_known_days as (
    select
        platform,
        account_id,
        reporting_day,
        knowledge = 'complete' as is_complete,
        pulled_at
    from complete_days
)

select * from control_known_days
