-- grain: one row per survey and file or export, as it was looked at last
with snapshots as (
    select
        account_id,
        max(account_day) as account_day
    from {{ ref('stg_surveys__pulls') }}
    where stream = 'delivery'
    group by account_id
),

refusals as (
    select
        survey_id,
        delivered_in,
        count(*) as lines_refused
    from {{ ref('int_marketing__survey_refusals') }}
    group by survey_id, delivered_in
),

survey_deliveries as (
    select
        delivered.account_id as survey_id,
        delivered.delivered_in,
        delivered.responses,
        delivered.accepted,
        delivered.refused,
        delivered.left_out,
        delivered.first_day,
        delivered.last_day,
        coalesce(refusals.lines_refused, 0) as lines_refused
    from {{ ref('stg_surveys__delivery') }} as delivered
    -- inner, n:1: files as they stand now
    inner join snapshots
        on
            delivered.account_id = snapshots.account_id
            and delivered.account_day = snapshots.account_day
    -- left, 1:1: most files are read to their end
    left join refusals
        on
            delivered.account_id = refusals.survey_id
            and delivered.delivered_in = refusals.delivered_in
)

select * from survey_deliveries
