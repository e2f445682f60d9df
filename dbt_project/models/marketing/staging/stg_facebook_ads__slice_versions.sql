-- grain: one row per stream, account, account-local day and version of the slice
{{ config(incremental_strategy='every_version') }}

{{ slice_versions(source('facebook_ads', '_pull_log__versions')) }}
