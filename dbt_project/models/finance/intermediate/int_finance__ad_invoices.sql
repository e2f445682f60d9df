-- grain: one row per month billed, platform, ad account and currency, over all documents
with documents as (
    select
        documents.account_id as company_id,
        documents.billing_month as month,
        documents.supplier as platform,
        documents.ad_account_id as account_id,
        documents.currency,
        documents.kind,
        {{ to_micros('documents.net_amount') }} as net_micros
    from {{ ref('stg_ledger__ad_invoices') }} as documents
    -- inner, n:1: as they stood at the latest pull
    inner join {{ ref('int_finance__snapshots') }} as snapshots
        on
            documents.account_id = snapshots.company_id
            and documents.account_day = snapshots.account_day
            and snapshots.stream = 'ad_invoices'
),

ad_invoices as (
    select
        month,
        platform,
        account_id,
        currency,
        string_agg(distinct company_id, ', ' order by company_id) as companies,
        count(*) as documents,
        sum(case when kind = 'credit_note' then 0 else net_micros end) as invoiced_micros,
        sum(case when kind = 'credit_note' then net_micros else 0 end) as credited_micros,
        sum(net_micros) as billed_micros
    from documents
    group by month, platform, account_id, currency
)

select * from ad_invoices
