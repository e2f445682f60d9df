-- grain: one row per org, UTC day of the change and opportunity that changed on it
-- depends_on: {{ ref('stg_salesforce__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        record_id as opportunity_id,
        created_at,
        modified_at,
        is_deleted,
        stage,
        {{ to_micros('amount') }} as amount_micros,
        currency,
        is_closed,
        is_won,
        close_date,
        pulled_at as content_pulled_at
    from {{ source('salesforce', 'opportunity') }}
)

select * from landed
