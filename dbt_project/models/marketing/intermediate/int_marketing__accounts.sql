-- grain: one row per platform and account, as its latest pull described it
with slices as (
    select * from {{ ref('int_marketing__slices') }}
),

newest_first as (
    select
        platform,
        account_id,
        account_name,
        account_currency,
        account_time_zone,
        sandbox,
        row_number() over (
            partition by platform, account_id
            order by pulled_at desc, stream asc, account_day desc
        ) as recency
    from slices
),

accounts as (
    select
        platform,
        account_id,
        account_name,
        account_currency,
        account_time_zone,
        sandbox
    from newest_first
    where recency = 1
)

select * from accounts
