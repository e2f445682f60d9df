-- grain: one row per survey and question, as it is declared now
with snapshots as (
    select
        account_id,
        max(account_day) as account_day,
        max_by(sandbox, account_day) as sandbox
    from {{ ref('stg_surveys__pulls') }}
    where stream = 'question'
    group by account_id
),

titles as (
    select
        account_id,
        max_by(account_name, pulled_at) as survey_title
    from {{ ref('stg_surveys__pulls') }}
    group by account_id
),

questions as (
    select
        declared.account_id as survey_id,
        titles.survey_title,
        declared.question,
        declared.question_position,
        declared.kind,
        declared.wording,
        declared.low,
        declared.high,
        declared.best,
        declared.anchor,
        snapshots.sandbox
    from {{ ref('stg_surveys__question') }} as declared
    -- inner, n:1: the newest look alone; a question that was taken off is not asked any more
    inner join snapshots
        on
            declared.account_id = snapshots.account_id
            and declared.account_day = snapshots.account_day
    -- inner, n:1: every survey was pulled under a title
    inner join titles on declared.account_id = titles.account_id
)

select * from questions
