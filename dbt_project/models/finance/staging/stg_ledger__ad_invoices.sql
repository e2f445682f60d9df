-- grain: one row per company and document, as it stood on the day of the pull
-- depends_on: {{ ref('stg_ledger__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        invoice_id,
        supplier,
        ad_account_id,
        billing_month,
        kind,
        issued_on,
        currency,
        net_amount,
        modified_at,
        pulled_at as content_pulled_at
    from {{ source('ledger', 'ad_invoices') }}
)

select * from landed
