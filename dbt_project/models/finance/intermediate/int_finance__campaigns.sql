-- grain: one row per platform, account and campaign that marketing publishes
with campaign_performance as (
    select * from {{ source('marketing', 'campaign_performance') }}
),

campaigns as (
    select
        platform,
        account_id,
        campaign_id,
        max_by(account_name, reporting_day) as account_name,
        max_by(campaign_name, reporting_day) as campaign_name,
        {{ tag_of('max_by(campaign_name, reporting_day)') }} as tag
    from campaign_performance
    where not is_residual
    group by platform, account_id, campaign_id
)

select * from campaigns
