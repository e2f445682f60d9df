-- grain: one row per survey, response and question that is still declared
with answers as (
    select * from {{ ref('stg_surveys__answer') }}
),

questions as (
    select * from {{ ref('int_marketing__survey_questions') }}
),

survey_answers as (
    select
        answers.survey_id,
        answers.response_id,
        answers.question,
        answers.account_day as response_day,
        answers.wave,
        answers.response_language,
        answers.score,
        answers.channel,
        questions.kind,
        questions.low,
        questions.high,
        questions.best,
        anchors.low as anchor_low,
        anchors.high as anchor_high,
        anchors.best as anchor_best,
        anchored.score as anchor_score,
        questions.sandbox
    from answers
    -- inner, n:1: answers to a question that is not declared any more have no scale
    inner join questions
        on
            answers.survey_id = questions.survey_id
            and answers.question = questions.question
    -- left, n:1: most questions are anchored to another
    left join questions as anchors
        on
            questions.survey_id = anchors.survey_id
            and questions.anchor = anchors.question
    -- left, 1:1: the same person's answer to it, if there is one
    left join answers as anchored
        on
            answers.survey_id = anchored.survey_id
            and answers.response_id = anchored.response_id
            and questions.anchor = anchored.question
)

select * from survey_answers
