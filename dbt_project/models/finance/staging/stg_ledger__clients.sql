-- grain: one row per company and client, as it stood on the day of the pull
-- depends_on: {{ ref('stg_ledger__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        client_id,
        kind,
        business_name,
        country,
        created_at,
        modified_at,
        pulled_at as content_pulled_at
    from {{ source('ledger', 'clients') }}
)

select * from landed
