-- grain: one row per stream, company and booking day, the latest pull of that slice
{{ config(incremental_strategy='latest_pull') }}

{{ latest_pulls(source('ledger', '_pull_log'), also=['control_totals']) }}
