-- grain: one row per account, account-local day
-- depends_on: {{ ref('stg_facebook_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        impressions,
        clicks_all,
        inline_link_clicks,
        outbound_clicks,
        {{ to_micros('spend') }} as spend_micros,
        reach,
        actions,
        action_values,
        pulled_at as content_pulled_at
    from {{ source('facebook_ads', 'account_day') }}
)

select * from landed
