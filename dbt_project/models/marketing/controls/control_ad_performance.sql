-- grain: one row per platform, account, campaign and account-local day whose ads were pulled
{{ by_day() }}
with ad_days_pulled as (
    select * from {{ of_due_days(ref('int_marketing__slices')) }}
    where stream = 'ad_day'
),

campaign_days as (
    select
        campaign_days.platform,
        campaign_days.account_id,
        campaign_days.account_day,
        campaign_days.campaign_id,
        campaign_days.impressions,
        campaign_days.clicks,
        campaign_days.spend_micros,
        campaign_days.conversions_click_through,
        campaign_days.conversions_view_through,
        campaign_days.value_click_through_micros
    from {{ of_due_days(ref('int_marketing__campaign_days')) }} as campaign_days
    -- inner, n:1: days of which only the campaigns were pulled wait for their ads
    inner join ad_days_pulled
        on
            campaign_days.platform = ad_days_pulled.platform
            and campaign_days.account_id = ad_days_pulled.account_id
            and campaign_days.account_day = ad_days_pulled.account_day
)

select * from campaign_days
