-- grain: one row per survey, response and question
-- depends_on: {{ ref('stg_surveys__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        account_id as survey_id,
        response_id,
        question,
        respondent_id,
        submitted_at,
        wave,
        response_language,
        code,
        score,
        channel,
        delivered_in,
        pulled_at as content_pulled_at
    from {{ source('surveys', 'answer') }}
)

select * from landed
