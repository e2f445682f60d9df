-- grain: one row per platform, account and reporting day that all of its pulled hours may fall on
with slices as (
    select * from {{ ref('int_marketing__slices') }}
    where stream in ('campaign_hour', 'session_hour')
),

accounts as (
    select * from {{ ref('int_marketing__accounts') }}
),

-- An account's day overlaps at most the reporting days before, on and after its date.
candidates as (
    select distinct
        slices.platform,
        slices.account_id,
        accounts.account_time_zone,
        slices.account_day + to_days(around.day_offset) as reporting_day
    from slices
    -- inner, n:1: every slice belongs to an account
    inner join accounts
        on slices.platform = accounts.platform and slices.account_id = accounts.account_id
    cross join (values (-1), (0), (1)) as around (day_offset)
),

overlapped as (
    select
        platform,
        account_id,
        cast(reporting_day as date) as reporting_day,
        {{ local_day(
            day_start('reporting_day', "'" ~ var('reporting_time_zone') ~ "'"),
            'account_time_zone'
        ) }} as first_account_day,
        {{ local_day(
            day_start(
                "reporting_day + interval 1 day", "'" ~ var('reporting_time_zone') ~ "'"
            ) ~ " - interval 1 second",
            'account_time_zone'
        ) }} as last_account_day
    from candidates
),

complete_days as (
    select
        overlapped.platform,
        overlapped.account_id,
        overlapped.reporting_day,
        -- how much of the day is known: all of it, part of it so far, or part of it never asked for
        case
            when
                count(slices.account_day)
                < date_diff('day', overlapped.first_account_day, overlapped.last_account_day) + 1
                then 'absent'
            when bool_and(slices.day_was_over) then 'complete'
            else 'not_yet'
        end as knowledge,
        bool_or(coalesce(slices.quality_flags, '') like '%subject_to_thresholding%')
        or bool_or(coalesce(slices.quality_flags, '') like '%data_loss_from_other_row%')
            as is_suppressed,
        bool_or(coalesce(slices.quality_flags, '') like '%failed_columns%') as is_partial,
        min(slices.pulled_at) as pulled_at,
        bool_or(slices.sandbox) as sandbox
    from overlapped
    -- left, 1:n: a day that was not pulled is what makes the reporting day incomplete
    left join slices
        on
            overlapped.platform = slices.platform
            and overlapped.account_id = slices.account_id
            and slices.account_day
            between overlapped.first_account_day and overlapped.last_account_day
    group by
        overlapped.platform,
        overlapped.account_id,
        overlapped.reporting_day,
        overlapped.first_account_day,
        overlapped.last_account_day
)

select * from complete_days
