-- grain: one row per stream that is read whole and company, with the day of its latest pull
with snapshots as (
    select
        stream,
        account_id as company_id,
        max(account_day) as account_day
    from {{ ref('stg_ledger__pulls') }}
    where stream in ('clients', 'products', 'budgets', 'ad_invoices')
    group by stream, account_id
)

select * from snapshots
