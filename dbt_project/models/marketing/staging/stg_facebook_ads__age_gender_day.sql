-- grain: one row per account, account-local day, campaign, age and gender
-- depends_on: {{ ref('stg_facebook_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        campaign_id,
        age,
        gender,
        impressions,
        outbound_clicks,
        {{ to_micros('spend') }} as spend_micros,
        actions,
        pulled_at as content_pulled_at
    from {{ source('facebook_ads', 'age_gender_day') }}
)

select * from landed
