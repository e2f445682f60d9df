-- grain: one row per account, account-local day, campaign, ad group and search term
-- depends_on: {{ ref('stg_google_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        campaign_id,
        ad_group_id,
        search_term,
        status,
        impressions,
        clicks,
        cost_micros,
        conversions,
        pulled_at as content_pulled_at
    from {{ source('google_ads', 'search_term_day') }}
)

select * from landed
