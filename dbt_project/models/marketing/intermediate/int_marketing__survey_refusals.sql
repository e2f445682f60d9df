-- grain: one row per survey, file and line that is not taken as it stands now
with snapshots as (
    select
        account_id,
        max(account_day) as account_day
    from {{ ref('stg_surveys__pulls') }}
    where stream = 'refused_line'
    group by account_id
),

survey_refusals as (
    select
        refused.account_id as survey_id,
        refused.delivered_in,
        refused.line_number,
        refused.reason
    from {{ ref('stg_surveys__refused_line') }} as refused
    -- inner, n:1: what was refused earlier and is mended is no refusal any more
    inner join snapshots
        on
            refused.account_id = snapshots.account_id
            and refused.account_day = snapshots.account_day
)

select * from survey_refusals
