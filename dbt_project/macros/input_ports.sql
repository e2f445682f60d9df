{# A product of another domain is read as source(<domain>, <product>): a view of its current files. #}
{% macro expose_input_ports() %}
    {% if execute %}
        {% for port, files in var('input_ports').items() %}
            {% set domain, product = port.split('/') %}
            {% do run_query("create schema if not exists " ~ domain) %}
            {% do run_query("create or replace view " ~ domain ~ "." ~ product
                ~ " as select * from " ~ parquet_files(files)) %}
        {% endfor %}
    {% endif %}
{% endmacro %}
