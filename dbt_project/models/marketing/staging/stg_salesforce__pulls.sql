-- grain: one row per stream, org and UTC day, the latest pull of that slice
{{ config(incremental_strategy='latest_pull') }}

{{ latest_pulls(source('salesforce', '_pull_log')) }}
