-- grain: one row per platform, account, campaign and reporting day on which it may have run
with facts as (
    select * from {{ ref('int_marketing__campaign_facts') }}
),

known_days as (
    select * from {{ ref('int_marketing__complete_days') }}
),

running as (
    select distinct
        platform,
        account_id,
        campaign_id
    from {{ ref('int_marketing__campaign_names') }}
    where is_running
),

account_ends as (
    select
        platform,
        account_id,
        max(reporting_day) filter (where knowledge <> 'absent') as last_day
    from known_days
    group by platform, account_id
),

lives as (
    select
        facts.platform,
        facts.account_id,
        facts.campaign_id,
        min(facts.reporting_day) as first_day,
        greatest(
            max(facts.reporting_day),
            max(account_ends.last_day) filter (where running.campaign_id is not null)
        ) as last_day
    from facts
    -- left, n:1: a campaign that was removed ends with its last fact
    left join running
        on
            facts.platform = running.platform
            and facts.account_id = running.account_id
            and facts.campaign_id = running.campaign_id
    -- inner, n:1: every fact belongs to a pulled account
    inner join account_ends
        on facts.platform = account_ends.platform and facts.account_id = account_ends.account_id
    where facts.campaign_id <> '(residual)'
    group by facts.platform, facts.account_id, facts.campaign_id
),

campaign_spine as (
    select
        lives.platform,
        lives.account_id,
        lives.campaign_id,
        cast(days.reporting_day as date) as reporting_day
    from lives
    cross join
        unnest(generate_series(lives.first_day, lives.last_day, interval 1 day))
            as days (reporting_day)
    union
    select
        platform,
        account_id,
        campaign_id,
        reporting_day
    from facts
)

select * from campaign_spine
