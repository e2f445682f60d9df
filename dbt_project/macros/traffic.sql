{# The columns by which web analytics tells where a session came from. #}
{% macro traffic_columns() -%}
    {{ return(['session_source', 'session_medium', 'campaign_name', 'manual_campaign_id',
        'google_ads_campaign_id', 'google_ads_customer_id']) }}
{%- endmacro %}

{# One value for all of them. #}
{% macro traffic_key(relation) -%}
    md5(concat_ws(chr(31){% for name in traffic_columns() %}, {{ relation }}.{{ name }}{% endfor %}))
{%- endmacro %}

{# The value of a parameter in a URL or a query string, decoded; empty if it is not there. #}
{% macro url_parameter(url, name) -%}
    {{ return(adapter.dispatch('url_parameter')(url, name)) }}
{%- endmacro %}

{% macro duckdb__url_parameter(url, name) -%}
    url_decode(replace(coalesce(regexp_extract({{ url }}, '(?:^|[?&]){{ name }}=([^&#]*)', 1), ''), '+', ' '))
{%- endmacro %}
