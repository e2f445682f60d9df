-- grain: one row per platform, account, campaign and account-local day on which it was observed
with session_hours as (
    select * from {{ ref('int_marketing__session_hours') }}
    where purchases <> 0 or leads <> 0
),

matches as (
    select * from {{ ref('int_marketing__traffic_matches') }}
    where campaign_id is not null
),

accounts as (
    select * from {{ ref('int_marketing__accounts') }}
),

placed as (
    select
        matches.platform,
        matches.account_id,
        matches.campaign_id,
        {{ local_day('session_hours.hour_start', 'accounts.account_time_zone') }} as account_day,
        session_hours.purchases,
        session_hours.leads,
        session_hours.purchase_value_micros,
        session_hours.property_currency
    from session_hours
    -- inner, n:1: what matches no campaign has no account's calendar
    inner join matches on session_hours.traffic_key = matches.traffic_key
    -- inner, n:1: a matched campaign belongs to a pulled account
    inner join accounts
        on matches.platform = accounts.platform and matches.account_id = accounts.account_id
),

fx_rates as (
    select * from {{ source('finance', 'fx_rates') }}
),

observed_by_account_day as (
    select
        placed.platform,
        placed.account_id,
        placed.campaign_id,
        placed.account_day,
        sum(placed.purchases) as purchases,
        sum(placed.leads) as leads,
        cast(
            sum({{ converted('placed.purchase_value_micros', 'fx_rates.rate') }}) as bigint
        ) as purchase_value_reporting_micros
    from placed
    -- left, n:1: a missing rate stays null
    left join fx_rates
        on
            placed.property_currency = fx_rates.from_currency
            and placed.account_day = fx_rates.rate_date
            and fx_rates.to_currency = '{{ var("reporting_currency") }}'
    group by placed.platform, placed.account_id, placed.campaign_id, placed.account_day
)

select * from observed_by_account_day
