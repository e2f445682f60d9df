-- grain: one row per company and booking day that was read, as the ledger's database adds it up
with pulls as (
    select
        account_id as company_id,
        account_day as booking_day,
        stream,
        row_count,
        -- a day without rows has no totals
        nullif(control_totals, '') ->> 'net_amount' as net_amount,
        nullif(control_totals, '') ->> 'tax_amount' as tax_amount
    from {{ ref('stg_ledger__pulls') }}
    where stream in ('orders', 'refunds')
),

in_micros as (
    select
        *,
        {{ to_micros('cast(coalesce(net_amount, \'0\') as decimal(18, 4))') }} as net_micros,
        {{ to_micros('cast(coalesce(tax_amount, \'0\') as decimal(18, 4))') }} as tax_micros
    from pulls
),

control_ledger_totals as (
    select
        company_id,
        booking_day,
        sum(case when stream = 'orders' then row_count else 0 end) as orders,
        sum(case when stream = 'orders' then net_micros else 0 end) as net_micros,
        sum(case when stream = 'orders' then tax_micros else 0 end) as tax_micros,
        sum(case when stream = 'refunds' then net_micros else 0 end) as refunded_net_micros
    from in_micros
    group by company_id, booking_day
)

select * from control_ledger_totals
