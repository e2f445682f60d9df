{#
  Reads landing slice by slice. A staging model selects from source(<source>, <stream>), which
  `expose_landed` has made a view of exactly the rows that are due: those of slices whose latest
  pull holds other content than the model does. What is due is found from the state of both, not
  from a watermark, so an interrupted run mends itself.
#}

{# Where the data files and the pull log of a source stand. #}
{% macro landing_root() %}{{ return(var('landing_root')) }}{% endmacro %}

{% macro parquet_files(files) %}
    {%- set quoted = [] -%}
    {%- for file in files -%}{%- do quoted.append("'" ~ file.replace("'", "''") ~ "'") -%}{%- endfor -%}
    read_parquet([{{ quoted | join(', ') }}], union_by_name = true)
{%- endmacro %}

{# The pre-hook of every staging model. #}
{% macro expose_landed(model) %}
    {%- if execute -%}
        {%- if model.identifier.endswith('__pulls') -%}
            {{ expose_pull_log(model, 'pulled_at', '_pull_log') }}
        {%- elif model.identifier.endswith('__slice_versions') -%}
            {{ expose_pull_log(model, 'content_pulled_at', '_pull_log__versions') }}
        {%- elif model.identifier.endswith('_history') -%}
            {{ expose_history(model) }}
        {%- else -%}
            {{ expose_due_rows(model) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{# For stg_<source>__pulls and __slice_versions: the log files that the model has not read yet. #}
{% macro expose_pull_log(model, instant, view) %}
    {% set source_name = model.identifier.split('__')[0][4:] %}
    {% set root = landing_root() ~ '/' ~ source_name ~ '/_pull_log' %}
    {% set since = '' %}
    {% if load_relation(model) is not none and not should_full_refresh() %}
        {# A pull that began before midnight may be logged after one that began later. #}
        {% set newest = run_query("select strftime(max(" ~ instant ~ ") - interval 1 day, '%Y-%m-%d') from " ~ model) %}
        {% set since = newest.columns[0].values()[0] or '' %}
    {% endif %}
    {% set listed = run_query("select file from glob('" ~ root ~ "/pulled_on=*/*.parquet')"
        ~ " where parse_path(file)[-2] >= 'pulled_on=" ~ since ~ "' order by file") %}
    {% set files = [root ~ '/_schema.parquet'] + (listed.columns[0].values() | list) %}
    create schema if not exists {{ source_name }};
    create or replace view {{ source_name }}.{{ view }} as select * from {{ parquet_files(files) }};
{% endmacro %}

{# The whole of a stg_<source>__pulls model; `also` names columns of the log that few need. #}
{% macro latest_pulls(pull_log, also=[]) %}
with pulls as (
    select
        *,
        row_number() over (
            partition by stream, account_id, account_day
            order by pulled_at desc, logged_at desc
        ) as recency
    from {{ pull_log }}
),

latest_pulls as (
    select
        stream,
        account_id,
        account_day,
        pulled_at,
        content_pulled_at,
        outcome,
        row_count,
        content_file,
        day_was_over,
        account_name,
        account_time_zone,
        account_currency,
        control_difference,
        quality_flags,
        sandbox,
        {%- for name in also %}
        {{ name }},
        {%- endfor %}
        logged_at
    from pulls
    where recency = 1
)

select * from latest_pulls
{% endmacro %}

{# Latest pulls of slices whose content is not what `model` holds. #}
{% macro due_slices(model) %}
    {%- set source_name, stream = model.identifier[4:].split('__') -%}
    select
        pulls.account_id,
        pulls.account_day,
        pulls.content_pulled_at,
        pulls.content_file
    from {{ model.include(identifier=false) }}.stg_{{ source_name }}__pulls as pulls
    {% if load_relation(model) is not none and not should_full_refresh() -%}
    left join
        (select distinct account_id, account_day, content_pulled_at from {{ model }}) as held
        on pulls.account_id = held.account_id and pulls.account_day = held.account_day
    {% else -%}
    left join
        (select null as account_day, null as content_pulled_at) as held
        on false
    {% endif -%}
    where
        pulls.stream = '{{ stream }}'
        and held.content_pulled_at is distinct from pulls.content_pulled_at
        and not (held.account_day is null and pulls.row_count = 0)
{% endmacro %}

{#
  The files in which the rows of due slices stand: that of their pull, or of the pull's month once
  its files have been put together (landing_compaction).
#}
{% macro files_of(due, source_name, stream) %}
    {% set folder = landing_root() ~ '/' ~ source_name ~ '/' ~ stream %}
    {% set listed = run_query(
        "with months as (select file, regexp_extract(file, 'pulled_in=(.{7})', 1) as month"
        ~ " from glob('" ~ folder ~ "/pulled_in=*/rows.parquet'))"
        ~ " select distinct coalesce(months.file, '" ~ landing_root() ~ "/' || due.content_file) as file"
        ~ " from " ~ due ~ " as due"
        ~ " left join months on regexp_extract(due.content_file, 'pulled_on=(.{7})', 1) = months.month"
        ~ " where due.content_file <> '' order by file"
    ) %}
    {% do return([folder ~ '/_schema.parquet'] + (listed.columns[0].values() | list)) %}
{% endmacro %}

{# For the others: the rows of due slices, read from the files that hold them. #}
{% macro expose_due_rows(model) %}
    {% set source_name, stream = model.identifier[4:].split('__') %}
    {% do run_query("create schema if not exists " ~ source_name) %}
    {% do run_query("create or replace table " ~ source_name ~ "." ~ stream ~ "__due as " ~ due_slices(model)) %}
    {% set files = files_of(source_name ~ '.' ~ stream ~ '__due', source_name, stream) %}
    create or replace view {{ source_name }}.{{ stream }} as
    select rows_landed.*
    from {{ parquet_files(files) }} as rows_landed
    -- inner, n:1: drops superseded pulls, and every old row of a day that is now empty
    inner join {{ source_name }}.{{ stream }}__due as due
        on
            rows_landed.account_id = due.account_id
            and rows_landed.account_day = due.account_day
            and rows_landed.pulled_at = due.content_pulled_at;
{% endmacro %}

{# Incremental strategy slice_replace: a due slice is replaced as a whole, also by nothing. #}
{% macro get_incremental_slice_replace_sql(arg_dict) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set source_name, stream = target.identifier[4:].split('__') -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    delete from {{ target }} as held
    using {{ source_name }}.{{ stream }}__due as due
    where held.account_id = due.account_id and held.account_day = due.account_day;
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};
{% endmacro %}

{# Incremental strategy latest_pull: one record per slice, the newest. #}
{% macro get_incremental_latest_pull_sql(arg_dict) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    delete from {{ target }} as held
    using {{ arg_dict['temp_relation'] }} as newer
    where
        held.stream = newer.stream
        and held.account_id = newer.account_id
        and held.account_day = newer.account_day;
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};
{% endmacro %}

{# The whole of a stg_<source>__slice_versions model: every answer that differed from the last. #}
{% macro slice_versions(pull_log) %}
-- distinct: for a day a closed month's log stands there twice, as one file and as many
with versions as (
    select distinct
        stream,
        account_id,
        account_day,
        content_pulled_at,
        content_file,
        row_count,
        day_was_over,
        account_time_zone,
        account_currency,
        sandbox
    from {{ pull_log }}
    where outcome <> 'unchanged'
)

select * from versions
{% endmacro %}

{# For stg_<source>__<stream>_history: rows of the versions that the model does not hold. #}
{% macro expose_history(model) %}
    {% set source_name, named = model.identifier[4:].split('__') %}
    {% set stream = named[:-('_history' | length)] %}
    {% set versions = model.include(identifier=false) ~ '.stg_' ~ source_name ~ '__slice_versions' %}
    {% set due = source_name ~ '.' ~ stream ~ '__history_due' %}
    {% do run_query('create schema if not exists ' ~ source_name) %}
    {% set held = 'select null as account_id, null as account_day, null as content_pulled_at' %}
    {% if load_relation(model) is not none and not should_full_refresh() %}
        {% set held = 'select distinct account_id, account_day, content_pulled_at from ' ~ model %}
    {% endif %}
    {% do run_query(
        'create or replace table ' ~ due ~ ' as select account_id, account_day, content_pulled_at, content_file'
        ~ ' from ' ~ versions ~ ' as versions where stream = \'' ~ stream ~ '\' and row_count > 0'
        ~ ' and not exists (select 1 from (' ~ held ~ ') as held'
        ~ ' where held.account_id = versions.account_id and held.account_day = versions.account_day'
        ~ ' and held.content_pulled_at = versions.content_pulled_at)'
    ) %}
    {% set files = files_of(due, source_name, stream) %}
    create or replace view {{ source_name }}.{{ stream }}__versions as
    select rows_landed.*
    from {{ parquet_files(files) }} as rows_landed
    -- inner, n:1: a file also holds days of which the model has this version
    inner join {{ due }} as due
        on
            rows_landed.account_id = due.account_id
            and rows_landed.account_day = due.account_day
            and rows_landed.pulled_at = due.content_pulled_at;
{% endmacro %}

{# Incremental strategy every_version: log files of the last day are read twice and kept once. #}
{% macro get_incremental_every_version_sql(arg_dict) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }} as newer
    where not exists (
        select 1 from {{ target }} as held
        where
            held.stream = newer.stream
            and held.account_id = newer.account_id
            and held.account_day = newer.account_day
            and held.content_pulled_at = newer.content_pulled_at
    );
{% endmacro %}
