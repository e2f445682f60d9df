-- grain: one row per account, account-local day of the pull and conversion action
-- depends_on: {{ ref('stg_google_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        conversion_action_id,
        conversion_action_name,
        category,
        origin,
        status,
        type as conversion_action_type,
        counting_type,
        click_window_days,
        view_window_days,
        attribution_model,
        primary_for_goal,
        include_in_conversions_metric,
        pulled_at as content_pulled_at
    from {{ source('google_ads', 'conversion_action') }}
)

select * from landed
