{# A decimal amount as whole micros, exact: "12.34" is 12340000. #}
{% macro to_micros(amount) -%}
    cast(round({{ amount }} * 1000000) as bigint)
{%- endmacro %}

{# Whole micros at a dated rate, rounded half up. DuckDB's `/` would give a double: only `*` here. #}
{% macro converted(micros, rate) -%}
    cast(round(cast({{ micros }} as decimal(18, 0)) * {{ rate }}) as bigint)
{%- endmacro %}

{# a / b at 12 decimals, rounded half up, for decimals with 6: whole numbers all the way. #}
{% macro exact_ratio(numerator, denominator) -%}
    {{ return(adapter.dispatch('exact_ratio')(numerator, denominator)) }}
{%- endmacro %}

{% macro duckdb__exact_ratio(numerator, denominator) -%}
    cast(
        cast(
            (
                cast({{ numerator }} * 1000000 as hugeint) * 2000000000000
                + cast({{ denominator }} * 1000000 as hugeint)
            ) // (cast({{ denominator }} * 1000000 as hugeint) * 2)
            as decimal(25, 0)
        ) * cast(0.000000000001 as decimal(13, 12))
        as decimal(20, 12)
    )
{%- endmacro %}

{# A sum that is NULL if any of its parts is: a missing rate must not drop money from a total. #}
{% macro whole_sum(amount) -%}
    case when count(*) = count({{ amount }}) then cast(sum({{ amount }}) as bigint) end
{%- endmacro %}

{# The sum of the rows that `chosen` holds for: 0 where there are none, NULL if a part of it is. #}
{% macro whole_sum_where(amount, chosen) -%}
    case
        when count(*) filter (where {{ chosen }} and {{ amount }} is null) = 0
            then cast(coalesce(sum({{ amount }}) filter (where {{ chosen }}), 0) as bigint)
    end
{%- endmacro %}
