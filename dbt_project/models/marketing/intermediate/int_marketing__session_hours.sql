-- grain: one row per property, hour, traffic source and stream that names it
with hours as (
    select
        account_id,
        account_day,
        hour_of_day,
        {% for name in traffic_columns() %}{{ name }}, {% endfor %}
        sessions,
        engaged_sessions,
        0.0 as purchases,
        0 as purchase_value_micros,
        0.0 as leads
    from {{ ref('stg_google_analytics__session_hour') }}
    union all
    select
        account_id,
        account_day,
        hour_of_day,
        {% for name in traffic_columns() %}{{ name }}, {% endfor %}
        0 as sessions,
        0 as engaged_sessions,
        case when event_name = 'purchase' then key_events else 0 end as purchases,
        case when event_name = 'purchase' then revenue_micros else 0 end as purchase_value_micros,
        case when event_name = 'generate_lead' then key_events else 0 end as leads
    from {{ ref('stg_google_analytics__key_event_hour') }}
),

properties as (
    select * from {{ ref('int_marketing__accounts') }}
    where platform = 'google_analytics'
),

session_hours as (
    select
        hours.account_id as property_id,
        {{ local_hour_start(
            'hours.account_day', 'hours.hour_of_day', 'properties.account_time_zone'
        ) }} as hour_start,
        {{ traffic_key('hours') }} as traffic_key,
        -- RF02: the linter takes the columns that are left out for references
        hours.* exclude (account_id, account_day, hour_of_day),  -- noqa: RF02
        properties.account_currency as property_currency
    from hours
    -- inner, n:1: every landed row has its property
    inner join properties on hours.account_id = properties.account_id
)

select * from session_hours
