-- grain: one row per month and campaign, and one per month and reason for what no campaign earned
with attributed_orders as (
    select * from {{ ref('int_finance__attributed_orders') }}
),

campaign_spend as (
    select * from {{ ref('int_finance__campaign_spend') }}
),

cohort_profit as (
    select * from {{ ref('int_finance__cohort_profit') }}
),

campaigns as (
    select * from {{ ref('int_finance__campaigns') }}
),

ledger_months as (
    select * from {{ ref('int_finance__ledger_months') }}
),

earned as (
    select
        month,
        platform,
        account_id,
        campaign_id,
        unattributed_reason,
        count(*) as orders,
        count(*) filter (where is_first_order) as new_clients,
        sum(revenue_reporting_micros) as revenue_reporting_micros,
        sum(cost_reporting_micros) as cost_reporting_micros,
        sum(gross_profit_reporting_micros) as gross_profit_reporting_micros,
        bool_or(sandbox) as sandbox
    from attributed_orders
    group by month, platform, account_id, campaign_id, unattributed_reason
),

-- full: a campaign that cost and sold nothing, and an order after its campaign's last day
together as (
    select
        coalesce(campaign_spend.month, earned.month) as month,
        coalesce(campaign_spend.platform, earned.platform) as platform,
        coalesce(campaign_spend.account_id, earned.account_id) as account_id,
        coalesce(campaign_spend.campaign_id, earned.campaign_id) as campaign_id,
        coalesce(earned.unattributed_reason, '') as unattributed_reason,
        campaign_spend.account_name,
        campaign_spend.campaign_name,
        coalesce(campaign_spend.spend_reporting_micros, 0) as spend_reporting_micros,
        coalesce(earned.orders, 0) as orders,
        coalesce(earned.new_clients, 0) as new_clients,
        coalesce(earned.revenue_reporting_micros, 0) as revenue_reporting_micros,
        coalesce(earned.cost_reporting_micros, 0) as cost_reporting_micros,
        coalesce(earned.gross_profit_reporting_micros, 0) as gross_profit_reporting_micros,
        -- nothing was spent that could be missing where no campaign earned it
        coalesce(campaign_spend.is_complete, earned.unattributed_reason <> '')
            as spend_is_complete,
        coalesce(campaign_spend.sandbox, false) or coalesce(earned.sandbox, false) as sandbox
    from campaign_spend
    full outer join earned
        on
            campaign_spend.month = earned.month
            and campaign_spend.platform = earned.platform
            and campaign_spend.account_id = earned.account_id
            and campaign_spend.campaign_id = earned.campaign_id
),

marketing_profitability as (
    select
        together.month,
        together.platform,
        together.account_id,
        coalesce(campaigns.account_name, together.account_name) as account_name,
        together.campaign_id,
        coalesce(campaigns.campaign_name, together.campaign_name) as campaign_name,
        together.unattributed_reason,
        '{{ var("reporting_currency") }}' as reporting_currency,
        cast(together.spend_reporting_micros as bigint) as spend_reporting_micros,
        cast(together.orders as bigint) as orders,
        cast(together.new_clients as bigint) as new_clients,
        cast(together.revenue_reporting_micros as bigint) as revenue_reporting_micros,
        cast(together.cost_reporting_micros as bigint) as cost_reporting_micros,
        cast(together.gross_profit_reporting_micros as bigint) as gross_profit_reporting_micros,
        cast(together.gross_profit_reporting_micros - together.spend_reporting_micros as bigint)
            as contribution_reporting_micros,
        cast(coalesce(cohort_profit.cohort_gross_profit_reporting_micros, 0) as bigint)
            as cohort_gross_profit_reporting_micros,
        cast(together.spend_reporting_micros as double) / 1000000
        / nullif(together.new_clients, 0) as cost_per_new_client,
        cast(together.revenue_reporting_micros as double)
        / nullif(together.spend_reporting_micros, 0) as return_on_ad_spend,
        cast(together.gross_profit_reporting_micros as double)
        / nullif(together.spend_reporting_micros, 0) as profit_on_ad_spend,
        cast(coalesce(cohort_profit.cohort_gross_profit_reporting_micros, 0) as double)
        / nullif(together.spend_reporting_micros, 0) as payback_ratio,
        case
            when together.spend_reporting_micros > 0
                then cast(cohort_profit.paid_back_on - together.month as integer)
        end as payback_days,
        together.spend_is_complete and coalesce(ledger_months.is_complete, false) as is_complete,
        together.sandbox
    from together
    -- left, n:1: what no campaign earned has no name, a residual row its account's
    left join campaigns
        on
            together.platform = campaigns.platform
            and together.account_id = campaigns.account_id
            and together.campaign_id = campaigns.campaign_id
    -- left, 1:1: a campaign that won nobody
    left join cohort_profit
        on
            together.month = cohort_profit.month
            and together.platform = cohort_profit.platform
            and together.account_id = cohort_profit.account_id
            and together.campaign_id = cohort_profit.campaign_id
    -- left, n:1: spend of months before the books were opened
    left join ledger_months on together.month = ledger_months.month
)

select * from marketing_profitability
