{#
  Beyond staging, day by day. A model calls by_day() when its rows of an account's day follow from
  its inputs' rows of that day and from labels (names, currencies) alone. Then only due days are
  built again: those of which an input holds something else than when they were built last, and
  those that carry a label which has changed. As in staging this is found from the state of both
  sides, not from a watermark: whatever was interrupted, rebuilt or run by itself, the model is
  what a rebuild would make of its inputs.

  `labels` tells, for each input that is no fact of a day, by which columns its rows are found
  (`found_by`, the model's column: the input's) and which of its columns the model takes (`says`,
  all if not given). When an input that has neither days nor such columns changes, all days are due.
#}
{% macro by_day(labels={}) %}
    {{ config(
        materialized='incremental',
        incremental_strategy='day_replace',
        on_schema_change='fail',
        pre_hook="{{ find_due_days() }}",
        post_hook=["{{ remember_days() }}", "{{ remember_code(this) }}"],
        meta={'labels': labels}
    ) }}
{% endmacro %}

{# What of `relation` lies on due days. `platform` for a relation of one platform that has no such column. #}
{% macro of_due_days(relation, platform=none) -%}
(
    select facts.* from {{ relation }} as facts
    semi join {{ built('due') }} as due
        on
            facts.account_id = due.account_id
            and facts.account_day = due.account_day
            and {{ platform_of(relation, platform) }} = due.platform
)
{%- endmacro %}

{# Staging holds one platform a model, named in the model's own name. #}
{% macro platform_of(relation, platform=none, column='facts.platform') %}
    {% set named = relation.identifier[4:].split('__')[0] if relation.identifier.startswith('stg_') else platform %}
    {% do return("'" ~ named ~ "'" if named else column) %}
{% endmacro %}

{# A table that says what `model` was built of: days, labels, and what is due of them. #}
{% macro built(what, name=none) %}{{ return('built.' ~ (name or this.identifier) ~ '__' ~ what) }}{% endmacro %}

{# The pre-hook: what the inputs hold now, and of which days it is not what the model was built of. #}
{% macro find_due_days() %}
    {% if execute %}
        {% set found = held_by(model.depends_on.nodes) %}
        create schema if not exists built;
        create or replace table {{ built('days_now') }} as
        -- a hash of them all: how many inputs a day has does not matter
        select platform, account_id, account_day, hash(list(stamp order by stamp)) as stamp
        from ({{ found.days | join(' union all ') }}) as inputs
        group by all;
        create or replace table {{ built('labels_now') }} as
        select label, labelled, hash(list(stamp order by stamp)) as stamp
        from (
            select '' as label, 0::ubigint as labelled, 0::ubigint as stamp where false
            {% for label in found.labels -%} union all {{ label }} {% endfor %}
        ) as inputs
        group by all;
        {% if load_relation(this) is none or should_full_refresh() %}
            create or replace table {{ built('due') }} as
            select platform, account_id, account_day from {{ built('days_now') }};
        {% else %}
            {{ days_that_differ() }}
        {% endif %}
    {% endif %}
{% endmacro %}

{% macro days_that_differ() %}
    {% set has = adapter.get_columns_in_relation(this) | map(attribute='name') | list %}
    create or replace temporary table changed_labels as
    select label, labelled from {{ built('labels_now') }} as found
    full outer join {{ built('labels') }} as held using (label, labelled)
    where found.stamp is distinct from held.stamp;
    create or replace table {{ built('due') }} as
    select platform, account_id, account_day from {{ built('days_now') }} as found
    full outer join {{ built('days') }} as held using (platform, account_id, account_day)
    where
        found.stamp is distinct from held.stamp
        or exists (select 1 from changed_labels where labelled = 0)
    {% for name, columns in config.get('meta').labels.items() %}
    union
    select distinct platform, account_id, {{ day_column(has) }} from {{ this }} as held
    semi join changed_labels
        on label = '{{ name }}' and labelled = {{ hashed('held', columns.found_by.keys()) }}
    {% endfor %};
{% endmacro %}

{#
  What `inputs` (dbt's ids) hold, as queries: `days` of (platform, account_id, account_day, stamp),
  `labels` of (label, labelled, stamp). In place of a view stand its own inputs, with its `code`.
#}
{% macro held_by(inputs, code='') %}
    {% set days, labels = [], [] %}
    {% set declared = config.get('meta').labels %}
    {% set described = descriptions(inputs) %}
    {% for unique_id in inputs %}
        {% set node = node_of(unique_id) %}
        {% set name = node.alias or node.identifier %}
        {% set relation = api.Relation.create(database=this.database, schema=node.schema, identifier=name) %}
        {% set it = described[node.schema ~ '.' ~ name] %}
        {% set made = "'" ~ name ~ code ~ it.made_by ~ "', " %}
        {% set day = 'select ' ~ platform_of(relation, column='platform') ~ ' as platform, account_id, account_day, ' %}
        {% if name in declared %}
            {% set label = declared[name] %}
            {% set said = hashed('held', label.says) if label.says else 'hash(held)' %}
            {% do labels.append("select '" ~ name ~ "' as label, " ~ hashed('held', label.found_by.values())
                ~ ' as labelled, ' ~ said ~ ' as stamp from ' ~ relation ~ ' as held') %}
        {% elif node.config.materialized == 'view' %}
            {% set behind = held_by(node.depends_on.nodes, code ~ it.made_by) %}
            {% do days.extend(behind.days) %}
            {% do labels.extend(behind.labels) %}
        {% elif node.config.incremental_strategy == 'day_replace' %}
            {% do days.append(day ~ 'hash(' ~ made ~ 'stamp) as stamp from ' ~ built('days', name)) %}
        {% elif it.has_pulls and not name.endswith(('__pulls', '__slice_versions')) %}
            {# All rows of a pull come and go together. #}
            {% do days.append(day ~ 'hash(' ~ made ~ 'content_pulled_at) as stamp'
                ~ ' from (select distinct account_id, account_day, content_pulled_at from ' ~ relation ~ ') as held') %}
        {% elif it.has_days %}
            {% do days.append(day ~ 'hash(' ~ made ~ 'sum(hash(held))) as stamp from ' ~ relation ~ ' as held'
                ~ ' group by all') %}
        {% else %}
            {% do labels.append("select '" ~ name ~ "' as label, 0::ubigint as labelled, hash(held) as stamp from "
                ~ relation ~ ' as held') %}
        {% endif %}
    {% endfor %}
    {% do return({'days': days, 'labels': labels}) %}
{% endmacro %}

{% macro node_of(unique_id) %}
    {{ return(graph.nodes[unique_id] if unique_id in graph.nodes else graph.sources[unique_id]) }}
{% endmacro %}

{# By `schema.name`: whether it has days and pulls, and which code made it. One question for all. #}
{% macro descriptions(inputs) %}
    {% set names = [] %}
    {% for unique_id in inputs %}
        {% set node = node_of(unique_id) %}
        {% do names.append("'" ~ node.schema ~ '.' ~ (node.alias or node.identifier) ~ "'") %}
    {% endfor %}
    {% set found = run_query(
        "select columns.schema_name || '.' || columns.table_name as relation,"
        ~ " bool_or(column_name = 'account_day'), bool_or(column_name = 'content_pulled_at'), any_value(made_by)"
        ~ ' from duckdb_columns() as columns left join (' ~ comments() ~ ') using (database_name, schema_name, table_name)'
        ~ " where database_name = '" ~ this.database ~ "' and relation in (" ~ names | join(', ') ~ ') group by all'
    ) %}
    {% set described = {} %}
    {% for row in found.rows %}
        {% do described.update({row[0]: {'has_days': row[1], 'has_pulls': row[2], 'made_by': row[3]}}) %}
    {% endfor %}
    {% do return(described) %}
{% endmacro %}

{% macro hashed(relation, columns) %}{{ return('hash(' ~ relation ~ '.' ~ columns | join(', ' ~ relation ~ '.') ~ ')') }}{% endmacro %}

{# Products call it date_day. #}
{% macro day_column(columns) %}{{ return('account_day' if 'account_day' in columns else 'date_day') }}{% endmacro %}

{# Incremental strategy day_replace: a due day is replaced as a whole, also by nothing. #}
{% macro get_incremental_day_replace_sql(arg_dict) %}
    {%- set target, names = arg_dict['target_relation'], arg_dict['dest_columns'] | map(attribute='name') | list -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set same -%}
        rows_of_day.account_id = due.account_id
        and rows_of_day.{{ day_column(names) }} = due.account_day
        {{ 'and rows_of_day.platform = due.platform' if 'platform' in names }}
    {%- endset -%}
    delete from {{ target }} as rows_of_day using {{ built('due') }} as due where {{ same }};
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }} as rows_of_day
    -- also where the model's own SQL asks for more than the due days
    semi join {{ built('due') }} as due on {{ same }};
{% endmacro %}

{# The post-hook, in the transaction of the rows themselves. #}
{% macro remember_days() %}
    {% if execute %}
        {% for what in ['days', 'labels'] %}
            drop table if exists {{ built(what) }};
            alter table {{ built(what ~ '_now') }} rename to {{ this.identifier ~ '__' ~ what }};
        {% endfor %}
    {% endif %}
{% endmacro %}
