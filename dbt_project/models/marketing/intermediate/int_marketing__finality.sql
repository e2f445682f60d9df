-- grain: one row per platform and account
with finality as (
    select
        platform,
        account_id,
        -- the longest that anything which is published of the account may still change
        cast(ceil(max(final_after_days)) as integer) as final_after_days
    from {{ source('metrics', 'metric_definitions') }}
    where
        account_id <> ''
        and valid_to is null
        and (is_primary or is_aligned_source or quantity in ('impressions', 'clicks', 'spend'))
    group by platform, account_id
)

select * from finality
