-- grain: one row per month, witness, survey and channel that the witness named
with campaign_days as (
    select
        *,
        cast(date_trunc('month', reporting_day) as date) as month
    from {{ ref('campaign_performance') }}
),

claimed as (
    select
        month,
        'claimed' as witness,
        '' as survey_id,
        platform as channel,
        sum(
            coalesce(claimed_purchases_click_through, 0)
            + coalesce(claimed_purchases_engaged_view, 0)
            + coalesce(claimed_purchases_view_through, 0)
        ) as amount
    from campaign_days
    group by month, platform
),

claimed_days as (
    select
        month,
        count(distinct reporting_day) as days_known,
        bool_or(sandbox) as sandbox
    from campaign_days
    group by month
),

traffic as (
    select
        sessions.reporting_day,
        cast(date_trunc('month', sessions.reporting_day) as date) as month,
        {{ traffic_channel('matches', 'sessions') }} as channel,
        sessions.purchases
    from {{ ref('int_marketing__sessions') }} as sessions
    -- inner, n:1: every traffic source was looked at
    inner join {{ ref('int_marketing__traffic_matches') }} as matches
        on sessions.traffic_key = matches.traffic_key
),

observed as (
    select
        month,
        'observed' as witness,
        '' as survey_id,
        channel,
        sum(purchases) as amount
    from traffic
    where purchases > 0
    group by month, channel
),

properties as (
    select bool_or(sandbox) as sandbox
    from {{ ref('int_marketing__accounts') }}
    where platform = 'google_analytics'
),

observed_days as (
    select
        traffic.month,
        count(distinct traffic.reporting_day) as days_known,
        bool_or(properties.sandbox) as sandbox
    from traffic
    cross join properties
    group by traffic.month
),

answered as (
    select
        cast(date_trunc('month', response_day) as date) as month,
        'survey' as witness,
        survey_id,
        channel,
        cast(count(distinct response_id) as double) as amount
    from {{ ref('int_marketing__survey_answers') }}
    where channel is not null
    group by date_trunc('month', response_day), survey_id, channel
),

answered_days as (
    select
        account_id as survey_id,
        cast(date_trunc('month', account_day) as date) as month,
        count(distinct account_day) as days_known,
        bool_or(sandbox) as sandbox
    from {{ ref('stg_surveys__pulls') }}
    where stream = 'answer'
    group by account_id, date_trunc('month', account_day)
),

channel_counts as (
    select
        claimed.*,
        claimed_days.days_known,
        claimed_days.sandbox
    from claimed
    -- inner, n:1: both are of the same days
    inner join claimed_days on claimed.month = claimed_days.month
    union all
    select
        observed.*,
        observed_days.days_known,
        observed_days.sandbox
    from observed
    -- inner, n:1: both are of the same sessions
    inner join observed_days on observed.month = observed_days.month
    union all
    select
        answered.*,
        answered_days.days_known,
        answered_days.sandbox
    from answered
    -- inner, n:1: who answered did so on a day that was pulled
    inner join answered_days
        on
            answered.survey_id = answered_days.survey_id
            and answered.month = answered_days.month
)

select * from channel_counts
