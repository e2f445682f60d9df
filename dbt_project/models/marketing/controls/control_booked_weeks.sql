-- grain: one row per platform, account, campaign and week (from Monday) of purchases
with campaign_weeks as (
    select distinct
        platform,
        account_id,
        campaign_id,
        cast(date_trunc('week', reporting_day) as date) as week
    from {{ ref('campaign_performance') }}
    where not is_residual
),

-- Straight from finance, whatever campaign an order belongs to.
published_weeks as (
    select
        cast(date_trunc('week', reporting_day) as date) as week,
        count(*) as orders
    from {{ source('finance', 'orders') }}
    where sales_channel = 'web'
    group by date_trunc('week', reporting_day)
),

claimed_orders as (
    select
        orders.*,
        campaign_weeks.week
    from {{ ref('int_marketing__booked_orders') }} as orders
    -- inner, n:1: a campaign's order counts in the weeks that the campaign is reported in
    inner join campaign_weeks
        on
            orders.platform = campaign_weeks.platform
            and orders.account_id = campaign_weeks.account_id
            and orders.campaign_id = campaign_weeks.campaign_id
            and orders.reporting_day between campaign_weeks.week and campaign_weeks.week + 6
    where orders.sales_channel = 'web'
),

claimed_weeks as (
    select
        week,
        count(*) as orders
    from claimed_orders
    group by week
),

booked as (
    select
        platform,
        account_id,
        campaign_id,
        week,
        cast(count(*) as double) as booked,
        cast(sum(net_reporting_micros) as bigint) as value_booked,
        cast(sum(refunded_reporting_micros) as bigint) as value_refunded
    from claimed_orders
    group by platform, account_id, campaign_id, week
),

control_booked_weeks as (
    select
        campaign_weeks.platform,
        campaign_weeks.account_id,
        campaign_weeks.campaign_id,
        campaign_weeks.week,
        coalesce(booked.booked, 0) as booked,
        coalesce(booked.value_booked, 0) as value_booked,
        coalesce(booked.value_refunded, 0) as value_refunded,
        -- a share is a quotient: what rounds differently is not another share
        round(
            1 - coalesce(claimed_weeks.orders, 0) / cast(published_weeks.orders as double), 9
        ) as booked_elsewhere
    from campaign_weeks
    -- inner, n:1: of a week that finance has not published nothing is known
    inner join published_weeks on campaign_weeks.week = published_weeks.week
    -- left, n:1: a week may have no order of any campaign
    left join claimed_weeks on campaign_weeks.week = claimed_weeks.week
    -- left, 1:1: most campaigns book nothing in most weeks
    left join booked
        on
            campaign_weeks.platform = booked.platform
            and campaign_weeks.account_id = booked.account_id
            and campaign_weeks.campaign_id = booked.campaign_id
            and campaign_weeks.week = booked.week
)

select * from control_booked_weeks
