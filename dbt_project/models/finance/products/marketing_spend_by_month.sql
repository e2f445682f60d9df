-- grain: one row per month, platform, account and campaign
with campaign_performance as (
    select
        *,
        cast(date_trunc('month', reporting_day) as date) as month
    from {{ source('marketing', 'campaign_performance') }}
),

account_months as (
    select
        platform,
        account_id,
        month,
        bool_and(is_complete) and max(reporting_day) = last_day(month) as is_complete
    from campaign_performance
    group by platform, account_id, month
),

marketing_spend_by_month as (
    select
        campaign_performance.month,
        campaign_performance.platform,
        campaign_performance.account_id,
        campaign_performance.account_name,
        campaign_performance.campaign_id,
        campaign_performance.campaign_name,
        campaign_performance.reporting_currency,
        cast(sum(campaign_performance.spend_reporting_micros) as bigint)
            as spend_reporting_micros,
        cast(
            count(*) filter (where campaign_performance.spend_reporting_micros <> 0) as integer
        ) as days_with_spend,
        account_months.is_complete,
        bool_or(campaign_performance.sandbox) as sandbox
    from campaign_performance
    -- inner, n:1: both come from the same rows
    inner join account_months
        on
            campaign_performance.platform = account_months.platform
            and campaign_performance.account_id = account_months.account_id
            and campaign_performance.month = account_months.month
    group by
        campaign_performance.month,
        campaign_performance.platform,
        campaign_performance.account_id,
        campaign_performance.account_name,
        campaign_performance.campaign_id,
        campaign_performance.campaign_name,
        campaign_performance.reporting_currency,
        account_months.is_complete
)

select * from marketing_spend_by_month
