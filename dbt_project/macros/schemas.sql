{# A model or seed stands in the schema named for its layer; products are candidates until published. #}
{% macro generate_schema_name(custom_schema_name, node) %}
    {%- set layer = 'seeds' if node.resource_type == 'seed' else node.fqn[1] -%}
    {{- 'candidates' if layer == 'products' else layer -}}
{% endmacro %}
