-- grain: one row per account, campaign and account-local day of which the level was pulled
{{ by_day() }}
{{ level_control('search_term_day', 'not ' ~ may_name_a_person('search_term')) }}
