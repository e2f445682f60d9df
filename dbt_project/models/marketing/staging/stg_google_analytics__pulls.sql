-- grain: one row per stream, account and account-local day, the latest pull of that slice
{{ config(incremental_strategy='latest_pull') }}

{{ latest_pulls(source('google_analytics', '_pull_log')) }}
