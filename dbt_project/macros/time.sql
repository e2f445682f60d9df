{# The instant at which `hour` of `day` begins in the IANA zone `time_zone`. An hour that a clock
   change repeats is one hour in the platforms' reports; it is placed at one of the two. #}
{% macro local_hour_start(day, hour, time_zone) -%}
    {{ return(adapter.dispatch('local_hour_start')(day, hour, time_zone)) }}
{%- endmacro %}

{% macro duckdb__local_hour_start(day, hour, time_zone) -%}
    timezone({{ time_zone }}, cast({{ day }} as timestamp) + to_hours({{ hour }}))
{%- endmacro %}

{# The calendar day on which an instant falls in a zone. #}
{% macro local_day(instant, time_zone) -%}
    {{ return(adapter.dispatch('local_day')(instant, time_zone)) }}
{%- endmacro %}

{% macro duckdb__local_day(instant, time_zone) -%}
    cast(timezone({{ time_zone }}, {{ instant }}) as date)
{%- endmacro %}

{# The instant at which `day` begins in a zone. #}
{% macro day_start(day, time_zone) -%}
    {{ return(adapter.dispatch('day_start')(day, time_zone)) }}
{%- endmacro %}

{% macro duckdb__day_start(day, time_zone) -%}
    timezone({{ time_zone }}, cast({{ day }} as timestamp))
{%- endmacro %}
