-- grain: one row per stream, report suite and suite-local day, the latest pull of that slice
{{ config(incremental_strategy='latest_pull') }}

{{ latest_pulls(source('adobe_analytics', '_pull_log')) }}
