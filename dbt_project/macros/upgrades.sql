{#
  An incremental model holds what its SQL made of every slice or day when that was due. Other SQL
  would make something else of the older ones too, so a model whose SQL has changed is built anew
  from landing, which keeps every slice: an upgrade needs no step by hand, and no column is half
  filled.
#}

{# In place of dbt's own: also true for a table that other SQL has made. #}
{% macro should_full_refresh() %}
    {% if config.get('full_refresh') is not none %}
        {% do return(config.get('full_refresh')) %}
    {% elif flags.FULL_REFRESH or config.get('materialized') != 'incremental' %}
        {% do return(flags.FULL_REFRESH) %}
    {% endif %}
    {% do return(load_relation(this) is not none and made_by(this) != code_of_model()) %}
{% endmacro %}

{# What `remember_code` left at the table; none for a table from before there was such a mark. #}
{% macro made_by(relation) %}
    {% set found = run_query(
        "select made_by from (" ~ comments() ~ ") where database_name = '" ~ relation.database
        ~ "' and schema_name = '" ~ relation.schema ~ "' and table_name = '" ~ relation.identifier ~ "'"
    ) %}
    {% do return(found.columns[0].values()[0] if found.rows | length else none) %}
{% endmacro %}

{% macro comments() %}
    {% do return(
        'select database_name, schema_name, table_name, comment as made_by from duckdb_tables()'
        ~ ' union all select database_name, schema_name, view_name, comment from duckdb_views()'
    ) %}
{% endmacro %}

{# Compiled, so that a changed macro or setting counts as well; and the types that are promised. #}
{% macro code_of_model() %}
    {% set promised = model.columns.values() | map(attribute='data_type') | join(' ') %}
    {% do return(local_md5(model.compiled_code ~ promised)) %}
{% endmacro %}

{# The post-hook of every incremental model, and of the views that one of them reads. #}
{% macro remember_code(relation) %}
    {% if execute %}
        comment on {{ 'view' if config.get('materialized') == 'view' else 'table' }} {{ relation }}
        is '{{ code_of_model() }}'
    {% endif %}
{% endmacro %}
