-- grain: one row per reporting day that any web analytics property was asked about
with observation_days as (
    select
        reporting_day,
        -- several properties are one company's eyes: the least that any of them knows
        case
            when bool_or(knowledge = 'absent') then 'absent'
            when bool_or(knowledge = 'not_yet') then 'not_yet'
            else 'complete'
        end as knowledge,
        bool_or(is_suppressed) as is_suppressed
    from {{ ref('int_marketing__complete_days') }}
    where platform = 'google_analytics'
    group by reporting_day
)

select * from observation_days
