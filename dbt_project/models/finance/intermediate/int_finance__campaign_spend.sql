-- grain: one row per month, platform, account and campaign, with what it cost
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
        bool_and(is_complete)
        and count(distinct reporting_day) = day(last_day(month)) as is_complete
    from campaign_performance
    group by platform, account_id, month
),

campaign_spend as (
    select
        campaign_performance.month,
        campaign_performance.platform,
        campaign_performance.account_id,
        campaign_performance.campaign_id,
        max_by(campaign_performance.account_name, campaign_performance.reporting_day)
            as account_name,
        max_by(campaign_performance.campaign_name, campaign_performance.reporting_day)
            as campaign_name,
        -- a day that is not wholly known has no spend yet, and is_complete says so
        cast(coalesce(sum(campaign_performance.spend_reporting_micros), 0) as bigint)
            as spend_reporting_micros,
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
        campaign_performance.campaign_id,
        account_months.is_complete
)

select * from campaign_spend
