{% test holds_in_every_row(model, rule) %}
select * from {{ model }}
where ({{ rule }}) is not true
{% endtest %}
