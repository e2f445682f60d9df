-- grain: one row per survey, survey-local day of the pull and file or export
-- depends_on: {{ ref('stg_surveys__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        delivered_in,
        responses,
        accepted,
        refused,
        left_out,
        first_day,
        last_day,
        pulled_at as content_pulled_at
    from {{ source('surveys', 'delivery') }}
)

select * from landed
