{# For each `keys`, `measures` of the model add up to those of the column's own table `to`. #}
{% test adds_up_to(model, to, keys, measures) %}
with parts as (
    select
        {{ keys | join(', ') }}
        {%- for name in measures %}, sum({{ name }}) as {{ name }}{% endfor %}
    from {{ model }}
    group by {{ keys | join(', ') }}
),

wholes as (
    select
        {{ keys | join(', ') }}
        {%- for name in measures %}, sum({{ name }}) as {{ name }}{% endfor %}
    from {{ to }}
    group by {{ keys | join(', ') }}
)

(select * from parts except all select * from wholes)
union all
(select * from wholes except all select * from parts)
{% endtest %}
