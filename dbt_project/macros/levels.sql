{#
  What closes a level: for each of `keys`, how much more `wholes` has than all of `parts` together.
  One row where anything differs, with `ids` called (residual). A residual may be negative: a level
  and its campaign that were asked at two moments saw two states.
#}
{% macro residuals(parts, wholes, keys, ids) -%}
    select
        {{ keys | join(', ') }},
        {% for id in ids -%}
        '(residual)' as {{ id }},
        {% endfor -%}
        cast(sum(impressions) as bigint) as impressions,
        cast(sum(clicks) as bigint) as clicks,
        cast(sum(spend_micros) as bigint) as spend_micros,
        -- credit is fractional: a billionth of a conversion is rounding, not a residual
        round(sum(conversions_click_through), 9) as conversions_click_through
    from (
        {% for relation, sign in [(wholes, ''), (parts, '-')] -%}
        select
            {{ keys | join(', ') }},
            {{ sign }}impressions as impressions,
            {{ sign }}clicks as clicks,
            {{ sign }}spend_micros as spend_micros,
            {{ sign }}conversions_click_through as conversions_click_through
        from {{ relation }}
        {{ 'union all' if not loop.last }}
        {% endfor -%}
    ) as signed
    group by {{ keys | join(', ') }}
    having
        sum(impressions) <> 0
        or sum(clicks) <> 0
        or sum(spend_micros) <> 0
        or coalesce(round(sum(conversions_click_through), 9), 0) <> 0
{%- endmacro %}

{#
  A level that closes: the rows of `parts`, and of each of `keys` what is left of `wholes`. `told` are
  columns that only parts have. By position, as who traces columns does not know `union by name`.
#}
{% macro closed(parts, wholes, keys, ids, told=[]) -%}
    {% set counted = ['impressions', 'clicks', 'spend_micros', 'conversions_click_through'] -%}
    select
        {{ (keys + ids + told + counted) | join(', ') }},
        false as is_residual
    from {{ parts }}
    union all
    select
        {{ (keys + ids) | join(', ') }},
        {% for column in told -%}
        null as {{ column }},
        {% endfor -%}
        {{ counted | join(', ') }},
        true as is_residual
    from (
        {{ residuals(parts, wholes, keys, ids) }}
    ) as closing
{%- endmacro %}

{# Account days of which both the campaigns and `streams` were pulled: (platform, stream, breakdown). #}
{% macro pulled_levels(streams) -%}
    select
        levels.platform,
        levels.account_id,
        levels.account_day,
        named.breakdown,
        levels.pulled_at,
        levels.sandbox
    from {{ ref('int_marketing__slices') }} as levels
    -- inner, n:m: one report may hold several breakdowns
    inner join (
        values
        {% for platform, stream, breakdown in streams -%}
        ('{{ platform }}', '{{ stream }}', '{{ breakdown }}'){{ ',' if not loop.last }}
        {% endfor -%}
    ) as named (platform, stream, breakdown)
        on levels.platform = named.platform and levels.stream = named.stream
    -- inner, 1:1: days of which only the level was pulled wait for their campaigns
    inner join {{ ref('int_marketing__slices') }} as campaigns
        on
            levels.platform = campaigns.platform
            and levels.account_id = campaigns.account_id
            and levels.account_day = campaigns.account_day
            and campaigns.stream = 'campaign_day'
{%- endmacro %}

{# A value of a UTM parameter; NULL if it is not there or a template that the platform fills in. #}
{% macro utm_value(url, name) -%}
    case
        when strpos({{ url_parameter(url, name) }}, '{') = 0
            then nullif({{ url_parameter(url, name) }}, '')
    end
{%- endmacro %}

{# Whether what somebody typed may name a person: an address, or digits enough for a number. #}
{% macro may_name_a_person(text) -%}
    {{ return(adapter.dispatch('may_name_a_person')(text)) }}
{%- endmacro %}

{% macro duckdb__may_name_a_person(text) -%}
    regexp_matches({{ text }}, '@|\(at\)|([0-9][^a-zA-Z0-9]{0,6}){7}')
{%- endmacro %}

{# The first of the places at which a creative keeps the page that it leads to. #}
{% macro creative_link(story) -%}
    {{ return(adapter.dispatch('creative_link')(story)) }}
{%- endmacro %}

{% macro duckdb__creative_link(story) -%}
    coalesce(
        {% for path in ['link_data.link', 'template_data.link',
            'video_data.call_to_action.value.link', 'photo_data.call_to_action.value.link'] -%}
        json_extract_string({{ story }}, '$.{{ path }}'){{ ',' if not loop.last }}
        {% endfor -%}
    )
{%- endmacro %}

{#
  The whole of a control of one level of Google: what a campaign's day is, and how much of it the
  level shows, straight from staging. `where` is what of the level may be published.
#}
{% macro level_control(stream, where) -%}
with pulled as (
    select
        account_id,
        account_day
    from {{ of_due_days(ref('stg_google_ads__pulls')) }}
    where stream in ('campaign_day', '{{ stream }}')
    group by account_id, account_day
    having count(*) = 2
),

counted as (
    select
        account_id,
        account_day,
        campaign_id,
        impressions,
        clicks,
        cost_micros,
        conversions,
        0 as known_impressions,
        0 as known_clicks,
        0 as known_cost_micros,
        0 as known_conversions
    from {{ of_due_days(ref('stg_google_ads__campaign_day')) }}
    union all
    select
        account_id,
        account_day,
        campaign_id,
        0 as impressions,
        0 as clicks,
        0 as cost_micros,
        0 as conversions,
        impressions as known_impressions,
        clicks as known_clicks,
        cost_micros as known_cost_micros,
        conversions as known_conversions
    from {{ of_due_days(ref('stg_google_ads__' ~ stream)) }}
    where {{ where }}
)

select
    counted.account_id,
    counted.account_day,
    counted.campaign_id,
    sum(counted.impressions) as impressions,
    sum(counted.clicks) as clicks,
    sum(counted.cost_micros) as cost_micros,
    sum(counted.conversions) as conversions,
    sum(counted.known_impressions) as known_impressions,
    sum(counted.known_clicks) as known_clicks,
    sum(counted.known_cost_micros) as known_cost_micros,
    sum(counted.known_conversions) as known_conversions
from counted
-- inner, n:1: days of which both were pulled
inner join pulled
    on counted.account_id = pulled.account_id and counted.account_day = pulled.account_day
group by counted.account_id, counted.account_day, counted.campaign_id
{%- endmacro %}
