-- grain: one row per account, account-local day of the pull and ad set
-- depends_on: {{ ref('stg_facebook_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        ad_set_id,
        ad_set_name,
        campaign_id,
        status,
        effective_status,
        optimization_goal,
        billing_event,
        attribution_spec,
        pulled_at as content_pulled_at
    from {{ source('facebook_ads', 'ad_set') }}
)

select * from landed
