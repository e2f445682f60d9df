-- grain: one row per survey, survey-local day of the pull and question
-- depends_on: {{ ref('stg_surveys__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        question,
        position as question_position,
        kind,
        wording,
        low,
        high,
        best,
        anchor,
        pulled_at as content_pulled_at
    from {{ source('surveys', 'question') }}
)

select * from landed
