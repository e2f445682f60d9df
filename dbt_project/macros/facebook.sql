{# The windows that Meta is asked for: the names of their keys in an action. #}
{% macro facebook_windows() -%}
    {{ return(['click_1d', 'click_7d', 'click_28d', 'view_1d', 'engaged_view_1d']) }}
{%- endmacro %}

{#
  Meta's conversions of `relation` per canonical event and window, one row per `keys` and event.
  One conversion comes under several overlapping action types: the first by precedence counts
  (omni, then aggregate, then specific), they are never added up.
#}
{% macro resolved_actions(relation, keys) -%}
    select
        {{ keys | join(', ') }},
        event,
        {% for window in facebook_windows() -%}
        coalesce(sum({{ window }}) filter (where not is_value), 0) as conversions_{{ window }},
        {{ to_micros('coalesce(sum(' ~ window ~ ') filter (where is_value), 0)') }}
            as value_{{ window }}_micros{{ ',' if not loop.last }}
        {% endfor %}
    from (
        select
            *,
            row_number() over (
                partition by {{ keys | join(', ') }}, is_value, event
                order by precedence
            ) as choice
        from (
            select
                {{ keys | join(', ') }},
                reported.is_value,
                aliases.event,
                aliases.precedence,
                {% for window in facebook_windows() -%}
                coalesce(reported.action.{{ window }}, 0) as {{ window }}{{ ',' if not loop.last }}
                {% endfor %}
            from (
                select {{ keys | join(', ') }}, unnest(actions) as action, false as is_value
                from {{ relation }}
                union all
                select {{ keys | join(', ') }}, unnest(action_values) as action, true as is_value
                from {{ relation }}
            ) as reported
            -- inner, n:1: other actions are not conversions
            inner join (
                values
                ('purchase', 'omni_purchase', 1),
                ('purchase', 'purchase', 2),
                ('purchase', 'offsite_conversion.fb_pixel_purchase', 3),
                ('lead', 'lead', 1),
                ('lead', 'onsite_conversion.lead_grouped', 2),
                ('lead', 'offsite_conversion.fb_pixel_lead', 3)
            ) as aliases (event, action_type, precedence)
                on reported.action.action_type = aliases.action_type
        ) as named
    ) as ranked
    where choice = 1
    group by {{ keys | join(', ') }}, event
{%- endmacro %}
