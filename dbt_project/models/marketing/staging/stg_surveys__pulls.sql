-- grain: one row per stream, survey and survey-local day, the latest pull of that slice
{{ config(incremental_strategy='latest_pull') }}

{{ latest_pulls(source('surveys', '_pull_log')) }}
