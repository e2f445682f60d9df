{% test nothing_is_there(model) %}
select * from {{ model }}
{% endtest %}
