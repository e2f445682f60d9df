-- grain: one row per platform, account, campaign and month in which web analytics knew it
with matched_months as (
    select distinct
        platform,
        account_id,
        campaign_id,
        cast(date_trunc('month', reporting_day) as date) as month
    from {{ ref('int_marketing__observed') }}
)

select * from matched_months
