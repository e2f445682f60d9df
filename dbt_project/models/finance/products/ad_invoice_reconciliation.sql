-- grain: one row per month, platform, ad account and currency that cost or was billed
{% set tolerance = 0.02 -%}
with ad_invoices as (
    select * from {{ ref('int_finance__ad_invoices') }}
),

platform_costs as (
    select
        cast(date_trunc('month', date_day) as date) as month,
        platform,
        account_id,
        account_currency as currency,
        max_by(account_name, date_day) as account_name,
        sum(spend_account_micros) as platform_cost_micros
    from {{ source('marketing', 'ad_performance') }}
    group by date_trunc('month', date_day), platform, account_id, account_currency
),

known_days as (
    select
        platform,
        account_id,
        cast(date_trunc('month', reporting_day) as date) as month,
        count(distinct reporting_day) as days_known
    from {{ source('marketing', 'campaign_performance') }}
    where is_complete
    group by platform, account_id, date_trunc('month', reporting_day)
),

origin as (
    select bool_or(sandbox) as sandbox
    from {{ ref('int_finance__ledger_days') }}
),

-- full: an invoice for an account that nobody pulls, and a month that is not billed yet
together as (
    select
        coalesce(ad_invoices.month, platform_costs.month) as month,
        coalesce(ad_invoices.platform, platform_costs.platform) as platform,
        coalesce(ad_invoices.account_id, platform_costs.account_id) as account_id,
        coalesce(ad_invoices.currency, platform_costs.currency) as currency,
        platform_costs.account_name,
        ad_invoices.companies,
        platform_costs.platform_cost_micros,
        coalesce(ad_invoices.documents, 0) as documents,
        ad_invoices.invoiced_micros,
        ad_invoices.credited_micros,
        ad_invoices.billed_micros
    from ad_invoices
    full outer join platform_costs
        on
            ad_invoices.month = platform_costs.month
            and ad_invoices.platform = platform_costs.platform
            and ad_invoices.account_id = platform_costs.account_id
            and ad_invoices.currency = platform_costs.currency
),

compared as (
    select
        together.*,
        coalesce(known_days.days_known, 0) as days_known,
        day(last_day(together.month)) as days_in_month,
        together.billed_micros - together.platform_cost_micros as difference_micros
    from together
    -- left, n:1: an account that nobody pulls has no known day
    left join known_days
        on
            together.month = known_days.month
            and together.platform = known_days.platform
            and together.account_id = known_days.account_id
),

ad_invoice_reconciliation as (
    select
        compared.month,
        compared.platform,
        compared.account_id,
        compared.account_name,
        compared.companies,
        compared.currency,
        cast(compared.platform_cost_micros as bigint) as platform_cost_micros,
        cast(compared.invoiced_micros as bigint) as invoiced_micros,
        cast(compared.credited_micros as bigint) as credited_micros,
        cast(compared.billed_micros as bigint) as billed_micros,
        cast(compared.documents as integer) as documents,
        cast(compared.difference_micros as bigint) as difference_micros,
        cast(compared.difference_micros as double)
        / nullif(compared.platform_cost_micros, 0) as difference_share,
        cast(compared.days_known as integer) as days_known,
        cast(compared.days_in_month as integer) as days_in_month,
        case
            when compared.documents = 0 then 'not_billed'
            when compared.platform_cost_micros is null then 'not_pulled'
            when compared.days_known < compared.days_in_month then 'cost_incomplete'
            when compared.difference_micros = 0 then 'equal'
            when
                abs(compared.difference_micros)
                <= abs(compared.platform_cost_micros) * {{ tolerance }}
                then 'within_tolerance'
            else 'differs'
        end as status,
        origin.sandbox
    from compared
    cross join origin
)

select * from ad_invoice_reconciliation
