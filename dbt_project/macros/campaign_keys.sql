{# A campaign's name and the tag made of it, as one text: letters and digits, a dash between. #}
{% macro tag_of(text) -%}
    {{ return(adapter.dispatch('tag_of')(text)) }}
{%- endmacro %}

{% macro duckdb__tag_of(text) -%}
    trim(regexp_replace(lower({{ text }}), '[^a-z0-9]+', '-', 'g'), '-')
{%- endmacro %}
