-- grain: one row per property, reporting day and traffic source
with session_hours as (
    select
        *,
        {{ local_day('hour_start', "'" ~ var('reporting_time_zone') ~ "'") }} as reporting_day
    from {{ ref('int_marketing__session_hours') }}
),

sessions as (
    select
        property_id,
        reporting_day,
        traffic_key,
        {% for name in traffic_columns() %}any_value({{ name }}) as {{ name }},
        {% endfor -%}
        property_currency,
        cast(sum(sessions) as bigint) as sessions,
        cast(sum(engaged_sessions) as bigint) as engaged_sessions,
        sum(purchases) as purchases,
        cast(sum(purchase_value_micros) as bigint) as purchase_value_micros,
        sum(leads) as leads
    from session_hours
    group by property_id, reporting_day, traffic_key, property_currency
)

select * from sessions
