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

{# Upper bounds, in days, of Google's buckets of time between contact and conversion. #}
{% macro lag_buckets() -%}
    values
    {% set first = ['LESS_THAN_ONE_DAY', 'ONE_TO_TWO_DAYS', 'TWO_TO_THREE_DAYS',
        'THREE_TO_FOUR_DAYS', 'FOUR_TO_FIVE_DAYS', 'FIVE_TO_SIX_DAYS', 'SIX_TO_SEVEN_DAYS',
        'SEVEN_TO_EIGHT_DAYS', 'EIGHT_TO_NINE_DAYS', 'NINE_TO_TEN_DAYS', 'TEN_TO_ELEVEN_DAYS',
        'ELEVEN_TO_TWELVE_DAYS', 'TWELVE_TO_THIRTEEN_DAYS', 'THIRTEEN_TO_FOURTEEN_DAYS'] -%}
    {% for name in first -%}
    ('{{ name }}', {{ loop.index }}),
    {% endfor -%}
    ('FOURTEEN_TO_TWENTY_ONE_DAYS', 21),
    ('TWENTY_ONE_TO_THIRTY_DAYS', 30),
    ('THIRTY_TO_FORTY_FIVE_DAYS', 45),
    ('FORTY_FIVE_TO_SIXTY_DAYS', 60),
    ('SIXTY_TO_NINETY_DAYS', 90)
{%- endmacro %}

{# Monday of the company's week in which an instant falls. #}
{% macro cohort_week(instant) -%}
    cast(
        date_trunc('week', {{ local_day(instant, "'" ~ var('reporting_time_zone') ~ "'") }}) as date
    )
{%- endmacro %}
