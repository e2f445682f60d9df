-- grain: one row per platform, account, campaign and reporting day on which web analytics saw it
with sessions as (
    select * from {{ ref('int_marketing__sessions') }}
),

matches as (
    select * from {{ ref('int_marketing__traffic_matches') }}
    where campaign_id is not null
),

fx_rates as (
    select * from {{ source('finance', 'fx_rates') }}
),

observed as (
    select
        matches.platform,
        matches.account_id,
        matches.campaign_id,
        sessions.reporting_day,
        cast(sum(sessions.sessions) as bigint) as sessions,
        cast(sum(sessions.engaged_sessions) as bigint) as engaged_sessions,
        sum(sessions.purchases) as purchases,
        case
            when bool_and(fx_rates.rate is not null or sessions.purchase_value_micros = 0)
                then cast(
                    coalesce(
                        sum({{ converted('sessions.purchase_value_micros', 'fx_rates.rate') }}), 0
                    ) as bigint
                )
        end as purchase_value_reporting_micros,
        sum(sessions.leads) as leads
    from sessions
    -- inner, n:1: what matches no campaign is in session_matching
    inner join matches on sessions.traffic_key = matches.traffic_key
    -- left, n:1: a missing rate stays null
    left join fx_rates
        on
            sessions.property_currency = fx_rates.from_currency
            and sessions.reporting_day = fx_rates.rate_date
            and fx_rates.to_currency = '{{ var("reporting_currency") }}'
    group by matches.platform, matches.account_id, matches.campaign_id, sessions.reporting_day
)

select * from observed
