-- grain: one row per company and document of the ad platforms, as last read
with newest as (
    select *
    from {{ ref('stg_ledger__ad_invoices') }}
    qualify account_day = max(account_day) over (partition by account_id)
),

control_ad_invoices as (
    select
        account_id as company_id,
        invoice_id,
        billing_month as month,
        supplier as platform,
        ad_account_id as account_id,
        currency,
        {{ to_micros('net_amount') }} as billed_micros
    from newest
)

select * from control_ad_invoices
