-- grain: one row per platform, ad account and month that marketing publishes
with complete_days as (
    select distinct
        platform,
        account_id,
        reporting_day
    from {{ source('marketing', 'campaign_performance') }}
    where is_complete
),

days as (
    select
        platform,
        account_id,
        cast(date_trunc('month', reporting_day) as date) as month,
        count(*) as days_known
    from complete_days
    group by platform, account_id, date_trunc('month', reporting_day)
),

costs as (
    select
        platform,
        account_id,
        cast(date_trunc('month', date_day) as date) as month,
        arg_max(account_name, date_day) as account_name
    from {{ source('marketing', 'ad_performance') }}
    group by platform, account_id, date_trunc('month', date_day)
),

control_account_months as (
    select
        coalesce(days.platform, costs.platform) as platform,
        coalesce(days.account_id, costs.account_id) as account_id,
        coalesce(days.month, costs.month) as month,
        coalesce(days.days_known, 0) as days_known,
        costs.account_name
    from days
    -- full, 1:1: an account may be known without ads, and have ads before it is known
    full outer join costs
        on
            days.platform = costs.platform
            and days.account_id = costs.account_id
            and days.month = costs.month
)

select * from control_account_months
