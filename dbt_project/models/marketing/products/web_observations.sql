-- grain: one row per reporting day, platform, account and campaign that any witness saw
with fx_rates as (
    select * from {{ source('finance', 'fx_rates') }}
    where to_currency = '{{ var("reporting_currency") }}'
),

google as (
    select
        sessions.reporting_day,
        case when matches.campaign_id is null then '(none)' else matches.platform end as platform,
        coalesce(matches.account_id, '(none)') as account_id,
        coalesce(matches.campaign_id, '(none)') as campaign_id,
        cast(sum(sessions.sessions) as bigint) as sessions,
        sum(sessions.purchases) as purchases,
        sum(sessions.leads) as leads,
        {{ whole_sum(converted('sessions.purchase_value_micros', 'fx_rates.rate')) }}
            as value_micros
    from {{ ref('int_marketing__sessions') }} as sessions
    -- inner, n:1: every traffic source has its match, or that it has none
    inner join {{ ref('int_marketing__traffic_matches') }} as matches
        on sessions.traffic_key = matches.traffic_key
    -- left, n:1: a missing rate stays null, and the audit refuses the product
    left join fx_rates
        on
            sessions.property_currency = fx_rates.from_currency
            and sessions.reporting_day = fx_rates.rate_date
    group by all
),

adobe as (
    select
        visits.reporting_day,
        codes.platform,
        codes.account_id,
        codes.campaign_id,
        {{ whole_sum('visits.visits_begun') }} as visits,
        {{ whole_sum('visits.orders') }} as orders,
        {{ whole_sum('visits.leads') }} as leads,
        {{ whole_sum(converted('visits.revenue_micros', 'fx_rates.rate')) }} as value_micros
    from {{ ref('int_marketing__visits') }} as visits
    -- inner, n:1: every code names a campaign, or none
    inner join {{ ref('int_marketing__tracking_codes') }} as codes
        on visits.tracking_code = codes.tracking_code
    -- left, n:1: a missing rate stays null, and the audit refuses the product
    left join fx_rates
        on
            visits.suite_currency = fx_rates.from_currency
            and visits.reporting_day = fx_rates.rate_date
    group by all
),

-- A column that Adobe did not answer is unknown of every campaign of the day, seen or not.
adobe_days as (
    select
        reporting_day,
    {% for name in ['visits', 'orders', 'leads', 'value_micros'] %}
        count(*) = count({{ name }}) as knows_{{ name }}{{ ',' if not loop.last }}
    {% endfor %}
    from adobe
    group by reporting_day
),

-- Several properties or suites are one company's eyes: the least that any of them knows.
knowledge as (
    select
        platform as witness,
        reporting_day,
        case
            when bool_or(knowledge = 'absent') then 'absent'
            when bool_or(knowledge = 'not_yet') then 'not_yet'
            when bool_or(is_suppressed) then 'suppressed'
            when bool_or(is_partial) then 'partial'
            else 'complete'
        end as state,
        bool_or(sandbox) as sandbox
    from {{ ref('int_marketing__complete_days') }}
    where platform in ('google_analytics', 'adobe_analytics')
    group by platform, reporting_day
),

states as (
    select
        reporting_day,
        coalesce(max(state) filter (where witness = 'google_analytics'), 'not_asked')
            as google_state,
        coalesce(max(state) filter (where witness = 'adobe_analytics'), 'not_asked')
            as adobe_state,
        bool_or(sandbox) as sandbox
    from knowledge
    group by reporting_day
),

verdict as (
    select
        verdict,
        reason
    from {{ source('metrics', 'metric_comparability') }}
    where
        metric_id = 'google_analytics.purchases'
        and other_metric_id = 'adobe_analytics.orders'
),

names as (
    select * from {{ ref('int_marketing__campaign_names') }}
),

seen as (
    select
        reporting_day,
        platform,
        account_id,
        campaign_id
    from google
    union
    select
        reporting_day,
        platform,
        account_id,
        campaign_id
    from adobe
),

web_observations as (
    select
        seen.platform,
        seen.account_id,
        seen.campaign_id,
        names.campaign_name,
        seen.reporting_day,
        '{{ var("reporting_currency") }}' as reporting_currency,
        states.google_state as google_analytics_state,
        case when states.google_state <> 'not_asked' then coalesce(google.sessions, 0) end
            as sessions,
        case when states.google_state <> 'not_asked' then coalesce(google.purchases, 0) end
            as key_event_purchases,
        case when states.google_state <> 'not_asked' then coalesce(google.leads, 0) end
            as key_event_leads,
        case
            when states.google_state = 'not_asked' then null
            when google.campaign_id is null then 0
            else google.value_micros
        end as key_event_value_reporting_micros,
        states.adobe_state as adobe_analytics_state,
        {% for ours, theirs in [
            ('visits', 'visits'), ('orders', 'orders'), ('order_leads', 'leads'),
            ('order_value_reporting_micros', 'value_micros')
        ] -%}
            case
                when
                    states.adobe_state <> 'not_asked'
                    and coalesce(adobe_days.knows_{{ theirs }}, true)
                    then coalesce(adobe.{{ theirs }}, 0)
            end as {{ ours }},
        {% endfor -%}
        verdict.verdict as purchases_verdict,
        verdict.reason as purchases_note,
        states.sandbox
    from seen
    -- inner, n:1: what was seen was asked for
    inner join states on seen.reporting_day = states.reporting_day
    cross join verdict
    -- left, 1:1: one witness may have seen what the other did not
    left join google
        on
            seen.reporting_day = google.reporting_day
            and seen.platform = google.platform
            and seen.account_id = google.account_id
            and seen.campaign_id = google.campaign_id
    -- left, 1:1: and the reverse
    left join adobe
        on
            seen.reporting_day = adobe.reporting_day
            and seen.platform = adobe.platform
            and seen.account_id = adobe.account_id
            and seen.campaign_id = adobe.campaign_id
    -- left, n:1: a day on which Adobe saw nothing at all
    left join adobe_days on seen.reporting_day = adobe_days.reporting_day
    -- left, n:1: a campaign without a known name keeps its visits
    left join names
        on
            seen.platform = names.platform
            and seen.account_id = names.account_id
            and seen.campaign_id = names.campaign_id
)

select * from web_observations
