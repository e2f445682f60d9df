{# The windows that Meta is asked for: the names of their keys in an action. #}
{% macro facebook_windows() -%}
    {{ return(['click_1d', 'click_7d', 'click_28d', 'view_1d', 'engaged_view_1d']) }}
{%- endmacro %}

{# Which action types are the same canonical event, by precedence: omni, aggregate, specific. #}
{% macro facebook_events() -%}
    {{ return({
        'purchase': ['omni_purchase', 'purchase', 'offsite_conversion.fb_pixel_purchase'],
        'lead': ['lead', 'onsite_conversion.lead_grouped', 'offsite_conversion.fb_pixel_lead']
    }) }}
{%- endmacro %}

{#
  Meta's conversions of `relation` per canonical event and window, one row per `keys` and event.
  One conversion comes under several overlapping action types: the first by precedence counts,
  they are never added up.
#}
{% macro resolved_actions(relation, keys) -%}
    select
        {{ keys | join(', ') }},
        found.event,
        {% for window in facebook_windows() -%}
        cast(coalesce(found.counted.{{ window }}, 0) as decimal(38, 6)) as conversions_{{ window }},
        {{ to_micros('coalesce(found.valued.' ~ window ~ ', 0)') }}
            as value_{{ window }}_micros{{ ',' if not loop.last }}
        {% endfor %}
    from (
        select
            {{ keys | join(', ') }},
            unnest([
                {% for event, types in facebook_events().items() -%}
                {
                    'event': '{{ event }}',
                    'counted': {{ first_action('actions', types) }},
                    'valued': {{ first_action('action_values', types) }}
                }{{ ',' if not loop.last }}
                {% endfor %}
            ]) as found
        from {{ relation }}
        where len(actions) > 0 or len(action_values) > 0
    ) as resolved
    where found.counted is not null or found.valued is not null
{%- endmacro %}

{# The action of the first of `types` that `actions` holds. #}
{% macro first_action(actions, types) -%}
    coalesce(
        {% for type in types -%}
        list_filter({{ actions }}, lambda one: one.action_type = '{{ type }}')[1]{{ ',' if not loop.last }}
        {% endfor %}
    )
{%- endmacro %}
