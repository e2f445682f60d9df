{# Every field is read from one part of the name, with a meaning for each of its codes. #}
{% test one_part_a_field(model) %}
    select field
    from {{ model }}
    where field <> 'separator'
    group by field
    having count(distinct part) <> 1 or count(part) < count(*) or count(meaning) < count(*) or min(part) < 1
    union all
    select 'separator' as field
    from {{ model }}
    having count(*) filter (where field = 'separator' and length(code) = 1) <> 1
{% endtest %}
