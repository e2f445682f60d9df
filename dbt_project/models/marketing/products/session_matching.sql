-- grain: one row per reporting day, platform, account and campaign, unmatched paid traffic included
with campaign_days as (
    select
        platform,
        account_id,
        campaign_id,
        campaign_name,
        reporting_day,
        observed_state,
        clicks_destination,
        spend_reporting_micros,
        reporting_currency,
        sandbox
    from {{ ref('campaign_performance') }}
    where not is_residual
),

traffic as (
    select
        sessions.reporting_day,
        matches.platform,
        matches.account_id,
        matches.campaign_id,
        matches.match_method,
        sessions.sessions,
        sessions.engaged_sessions
    from {{ ref('int_marketing__sessions') }} as sessions
    -- inner, n:1: every traffic source was looked at
    inner join {{ ref('int_marketing__traffic_matches') }} as matches
        on sessions.traffic_key = matches.traffic_key
    where matches.is_paid
),

matched as (
    select
        reporting_day,
        platform,
        account_id,
        campaign_id,
        string_agg(distinct match_method, ', ' order by match_method) as match_method,
        sum(sessions) as sessions,
        sum(engaged_sessions) as engaged_sessions
    from traffic
    where campaign_id is not null
    group by reporting_day, platform, account_id, campaign_id
),

unmatched as (
    select
        reporting_day,
        coalesce(platform, 'other') as platform,
        '' as account_id,
        '(unmatched)' as campaign_id,
        string_agg(distinct match_method, ', ' order by match_method) as match_method,
        sum(sessions) as sessions,
        sum(engaged_sessions) as engaged_sessions
    from traffic
    where campaign_id is null
    group by reporting_day, coalesce(platform, 'other')
),

everything as (
    select
        campaign_days.reporting_day,
        campaign_days.platform,
        campaign_days.account_id,
        campaign_days.campaign_id,
        campaign_days.campaign_name,
        matched.match_method,
        campaign_days.observed_state,
        coalesce(campaign_days.clicks_destination, 0) as clicks_destination,
        coalesce(matched.sessions, 0) as sessions_matched,
        coalesce(matched.engaged_sessions, 0) as engaged_sessions_matched,
        0 as sessions_unmatched,
        case
            when campaign_days.observed_state in ('reported', 'zero', 'suppressed')
                then coalesce(campaign_days.spend_reporting_micros, 0)
            else 0
        end as spend_matched_reporting_micros,
        case
            when campaign_days.observed_state = 'unmatched'
                then coalesce(campaign_days.spend_reporting_micros, 0)
            else 0
        end as spend_unmatched_reporting_micros,
        case
            when campaign_days.observed_state in ('absent', 'not_yet')
                then coalesce(campaign_days.spend_reporting_micros, 0)
            else 0
        end as spend_unobserved_reporting_micros,
        campaign_days.reporting_currency,
        campaign_days.sandbox
    from campaign_days
    -- left, 1:1: a campaign that web analytics did not see that day
    left join matched
        on
            campaign_days.reporting_day = matched.reporting_day
            and campaign_days.platform = matched.platform
            and campaign_days.account_id = matched.account_id
            and campaign_days.campaign_id = matched.campaign_id
    union all
    select
        unmatched.reporting_day,
        unmatched.platform,
        unmatched.account_id,
        unmatched.campaign_id,
        cast(null as varchar) as campaign_name,
        unmatched.match_method,
        'unmatched' as observed_state,
        0 as clicks_destination,
        0 as sessions_matched,
        0 as engaged_sessions_matched,
        unmatched.sessions as sessions_unmatched,
        0 as spend_matched_reporting_micros,
        0 as spend_unmatched_reporting_micros,
        0 as spend_unobserved_reporting_micros,
        '{{ var("reporting_currency") }}' as reporting_currency,
        (select bool_or(campaign_days.sandbox) from campaign_days) as sandbox
    from unmatched
),

session_matching as (
    select
        reporting_day,
        platform,
        account_id,
        campaign_id,
        campaign_name,
        match_method,
        observed_state,
        cast(clicks_destination as bigint) as clicks_destination,
        cast(sessions_matched as bigint) as sessions_matched,
        cast(engaged_sessions_matched as bigint) as engaged_sessions_matched,
        cast(sessions_unmatched as bigint) as sessions_unmatched,
        cast(spend_matched_reporting_micros as bigint) as spend_matched_reporting_micros,
        cast(spend_unmatched_reporting_micros as bigint) as spend_unmatched_reporting_micros,
        cast(spend_unobserved_reporting_micros as bigint) as spend_unobserved_reporting_micros,
        reporting_currency,
        cast(sessions_matched as double) / nullif(clicks_destination, 0) as sessions_per_click,
        sandbox
    from everything
)

select * from session_matching
