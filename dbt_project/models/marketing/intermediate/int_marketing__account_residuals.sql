-- grain: one row per platform, account and account-local day that its campaigns do not add up to
with campaigns as (
    select
        platform,
        account_id,
        account_day,
        sum(impressions) as impressions,
        sum(clicks) as clicks,
        sum(spend_micros) as spend_micros,
        sum(conversions_click_through) as conversions_click_through,
        sum(conversions_view_through) as conversions_view_through
    from {{ ref('int_marketing__campaign_days') }}
    group by platform, account_id, account_day
),

residuals as (
    select
        totals.platform,
        totals.account_id,
        totals.account_day,
        cast(totals.impressions - coalesce(campaigns.impressions, 0) as bigint) as impressions,
        cast(totals.clicks - coalesce(campaigns.clicks, 0) as bigint) as clicks,
        cast(totals.spend_micros - coalesce(campaigns.spend_micros, 0) as bigint) as spend_micros,
        -- credit is fractional: a billionth of a conversion is rounding, not a residual
        round(
            totals.conversions_click_through - coalesce(campaigns.conversions_click_through, 0), 9
        ) as conversions_click_through,
        totals.conversions_view_through
        - coalesce(campaigns.conversions_view_through, 0) as conversions_view_through
    from {{ ref('int_marketing__account_days') }} as totals
    -- left, 1:1: an account of which no campaign is shown is all residual
    left join campaigns
        on
            totals.platform = campaigns.platform
            and totals.account_id = campaigns.account_id
            and totals.account_day = campaigns.account_day
),

-- Both levels must come from the same knowledge: a day pulled twice at different times waits.
slices as (
    select
        platform,
        account_id,
        account_day,
        bool_and(day_was_over) as day_was_over,
        count(*) as levels
    from {{ ref('int_marketing__slices') }}
    where stream in ('account_day', 'campaign_day')
    group by platform, account_id, account_day
),

account_residuals as (
    select residuals.*
    from residuals
    -- inner, n:1: on a running day the two levels saw two different moments
    inner join slices
        on
            residuals.platform = slices.platform
            and residuals.account_id = slices.account_id
            and residuals.account_day = slices.account_day
            and slices.day_was_over
            and slices.levels = 2
    where
        residuals.impressions <> 0
        or residuals.clicks <> 0
        or residuals.spend_micros <> 0
        or residuals.conversions_click_through <> 0
        or residuals.conversions_view_through <> 0
)

select * from account_residuals
