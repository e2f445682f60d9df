-- grain: one row per platform, account, campaign and account-local day whose hours and day differ
with hours as (
    select
        platform,
        account_id,
        account_day,
        campaign_id,
        sum(impressions) as impressions,
        sum(clicks_destination) as clicks,
        sum(spend_account_micros) as spend_micros
    from {{ ref('int_marketing__campaign_hours') }}
    group by platform, account_id, account_day, campaign_id
),

-- Both were asked in one morning, after the day was over: they speak of the same knowledge.
settled as (
    select
        platform,
        account_id,
        account_day
    from {{ ref('int_marketing__slices') }}
    where stream in ('campaign_day', 'campaign_hour')
    group by platform, account_id, account_day
    having
        count(*) = 2
        and bool_and(day_was_over)
        and max(pulled_at) - min(pulled_at) < interval 6 hours
),

compared as (
    select
        coalesce(hours.platform, whole_days.platform) as platform,
        coalesce(hours.account_id, whole_days.account_id) as account_id,
        coalesce(hours.account_day, whole_days.account_day) as account_day,
        coalesce(hours.campaign_id, whole_days.campaign_id) as campaign_id,
        coalesce(hours.impressions, 0) as impressions_by_hour,
        coalesce(whole_days.impressions, 0) as impressions_by_day,
        coalesce(hours.clicks, 0) as clicks_by_hour,
        coalesce(whole_days.clicks, 0) as clicks_by_day,
        coalesce(hours.spend_micros, 0) as spend_micros_by_hour,
        coalesce(whole_days.spend_micros, 0) as spend_micros_by_day
    from hours
    -- full, 1:1: a campaign that only one of the two reports has is what is looked for
    full outer join {{ ref('int_marketing__campaign_days') }} as whole_days
        on
            hours.platform = whole_days.platform
            and hours.account_id = whole_days.account_id
            and hours.account_day = whole_days.account_day
            and hours.campaign_id = whole_days.campaign_id
),

differing as (
    select compared.*
    from compared
    -- inner, n:1: days of which only one level is known cannot differ
    inner join settled
        on
            compared.platform = settled.platform
            and compared.account_id = settled.account_id
            and compared.account_day = settled.account_day
    where
        abs(compared.impressions_by_hour - compared.impressions_by_day)
        > 0.01 * compared.impressions_by_day
        or abs(compared.clicks_by_hour - compared.clicks_by_day) > 0.01 * compared.clicks_by_day
        or abs(compared.spend_micros_by_hour - compared.spend_micros_by_day)
        > 0.01 * compared.spend_micros_by_day
)

select * from differing
