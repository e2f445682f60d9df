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

{# The channel that a session's purchase belongs to: a paid platform's, or what its medium says. #}
{% macro traffic_channel(matches, traffic) -%}
    case
        when {{ matches }}.is_paid then coalesce({{ matches }}.platform, 'other_ads')
        when lower({{ traffic }}.session_medium) = 'organic' then 'organic_search'
        when lower({{ traffic }}.session_medium) in ('email', 'e-mail', 'newsletter') then 'email'
        when
            {{ matches }}.platform = 'facebook_ads'
            or lower({{ traffic }}.session_medium) like '%social%'
            then 'social'
        when lower({{ traffic }}.session_source) = '(direct)' then 'unknown'
        else 'other'
    end
{%- endmacro %}
