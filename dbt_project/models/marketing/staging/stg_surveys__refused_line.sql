-- grain: one row per survey, survey-local day of the pull, file and line
-- depends_on: {{ ref('stg_surveys__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        delivered_in,
        line_number,
        reason,
        pulled_at as content_pulled_at
    from {{ source('surveys', 'refused_line') }}
)

select * from landed
