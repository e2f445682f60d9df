-- grain: one row per company and client that the ledger knows
with clients as (
    select
        clients.account_id as company_id,
        clients.client_id,
        clients.kind as client_kind,
        clients.business_name,
        clients.country
    from {{ ref('stg_ledger__clients') }} as clients
    -- inner, n:1: as they stood at the latest pull; who was erased since is gone
    inner join {{ ref('int_finance__snapshots') }} as snapshots
        on
            clients.account_id = snapshots.company_id
            and clients.account_day = snapshots.account_day
            and snapshots.stream = 'clients'
)

select * from clients
