-- grain: one row per month, platform, account and campaign that won clients, with what they brought
with attributed_orders as (
    select * from {{ ref('int_finance__attributed_orders') }}
),

campaign_spend as (
    select * from {{ ref('int_finance__campaign_spend') }}
),

first_orders as (
    select * from attributed_orders
    where is_first_order
),

by_day as (
    select
        first_orders.month,
        first_orders.platform,
        first_orders.account_id,
        first_orders.campaign_id,
        orders.order_date,
        sum(orders.gross_profit_reporting_micros) as gross_profit_reporting_micros
    from first_orders
    -- inner, 1:n: everything that a client bought since, whatever brought it about
    inner join attributed_orders as orders
        on
            first_orders.company_id = orders.company_id
            and first_orders.client_id = orders.client_id
    where first_orders.unattributed_reason = ''
    group by
        first_orders.month,
        first_orders.platform,
        first_orders.account_id,
        first_orders.campaign_id,
        orders.order_date
),

cumulated as (
    select
        *,
        sum(gross_profit_reporting_micros) over (
            partition by month, platform, account_id, campaign_id
            order by order_date
        ) as profit_so_far
    from by_day
),

cohort_profit as (
    select
        cumulated.month,
        cumulated.platform,
        cumulated.account_id,
        cumulated.campaign_id,
        cast(sum(cumulated.gross_profit_reporting_micros) as bigint)
            as cohort_gross_profit_reporting_micros,
        min(
            case
                when cumulated.profit_so_far >= campaign_spend.spend_reporting_micros
                    then cumulated.order_date
            end
        ) as paid_back_on
    from cumulated
    -- left, n:1: an order long after its campaign ended had no spend in its month
    left join campaign_spend
        on
            cumulated.month = campaign_spend.month
            and cumulated.platform = campaign_spend.platform
            and cumulated.account_id = campaign_spend.account_id
            and cumulated.campaign_id = campaign_spend.campaign_id
    group by
        cumulated.month,
        cumulated.platform,
        cumulated.account_id,
        cumulated.campaign_id
)

select * from cohort_profit
