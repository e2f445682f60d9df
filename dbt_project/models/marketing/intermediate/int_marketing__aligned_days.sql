-- grain: one row per platform, account, campaign, reporting day and canonical event
{% set zone = "'" ~ var('reporting_time_zone') ~ "'" -%}
with aligned_conversions as (
    select * from {{ ref('int_marketing__aligned_conversions') }}
),

accounts as (
    select * from {{ ref('int_marketing__accounts') }}
),

account_hours as (
    select distinct
        aligned_conversions.platform,
        aligned_conversions.account_id,
        aligned_conversions.account_day,
        accounts.account_time_zone,
        hours.hour_of_day
    from aligned_conversions
    -- inner, n:1: what is aligned belongs to a pulled account
    inner join accounts
        on
            aligned_conversions.platform = accounts.platform
            and aligned_conversions.account_id = accounts.account_id
    cross join range(24) as hours (hour_of_day)
),

-- Which reporting days an account's day touches, and for how many of its hours.
touched as (
    select
        platform,
        account_id,
        account_day,
        {{ local_day(local_hour_start('account_day', 'hour_of_day', 'account_time_zone'), zone) }}
            as reporting_day,
        count(*) as hours
    from account_hours
    group by platform, account_id, account_day, reporting_day
),

clicks as (
    select
        hours.platform,
        hours.account_id,
        hours.campaign_id,
        hours.account_day,
        {{ local_day(
            local_hour_start('hours.account_day', 'hours.hour_of_day', 'accounts.account_time_zone'),
            zone
        ) }} as reporting_day,
        sum(hours.clicks_destination) as clicks
    from {{ ref('int_marketing__campaign_hours') }} as hours
    -- inner, n:1: every landed row belongs to a pulled account
    inner join accounts
        on hours.platform = accounts.platform and hours.account_id = accounts.account_id
    -- only where a day has to be shared out at all
    where accounts.account_time_zone <> {{ zone }}
    group by hours.platform, hours.account_id, hours.campaign_id, hours.account_day, reporting_day
),

weighed as (
    select
        aligned_conversions.*,
        touched.reporting_day,
        touched.hours,
        coalesce(clicks.clicks, 0) as clicks
    from aligned_conversions
    -- inner, 1:n: an account's day touches one to three reporting days
    inner join touched
        on
            aligned_conversions.platform = touched.platform
            and aligned_conversions.account_id = touched.account_id
            and aligned_conversions.account_day = touched.account_day
    -- left, n:1: a campaign without a click in those hours, or a day that is not shared out
    left join clicks
        on
            aligned_conversions.platform = clicks.platform
            and aligned_conversions.account_id = clicks.account_id
            and aligned_conversions.campaign_id = clicks.campaign_id
            and aligned_conversions.account_day = clicks.account_day
            and touched.reporting_day = clicks.reporting_day
),

-- A conversion comes of a click, so the hours of the campaign's clicks say where it probably lies;
-- on a day without any click every hour is as likely as another.
shared as (
    select
        *,
        case when sum(clicks) over account_day > 0 then clicks else hours end as weight
    from weighed
    window account_day as (partition by platform, account_id, campaign_id, account_day, event)
),

reached as (
    select
        *,
        sum(weight) over (account_day order by reporting_day) as weight_so_far,
        cast(sum(weight) over account_day as double) as weight_of_day
    from shared
    window account_day as (partition by platform, account_id, campaign_id, account_day, event)
),

aligned_days as (
    select
        platform,
        account_id,
        campaign_id,
        reporting_day,
        event,
        sum(conversions * weight / weight_of_day) as conversions,
        -- whole micros whose sum is the day's: what is reached, less what was reached before
        cast(
            sum(
                round(value_micros * (weight_so_far / weight_of_day))
                - round(value_micros * ((weight_so_far - weight) / weight_of_day))
            ) as bigint
        ) as value_micros
    from reached
    where weight > 0
    group by platform, account_id, campaign_id, reporting_day, event
)

select * from aligned_days
