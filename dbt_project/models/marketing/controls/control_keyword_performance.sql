-- grain: one row per account, campaign and account-local day of which the level was pulled
{{ by_day() }}
{{ level_control('keyword_day', 'true') }}
