-- grain: one row per account, account-local day of the pull and ad
-- depends_on: {{ ref('stg_facebook_ads__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        ad_id,
        creative_id,
        creative_name,
        url_tags,
        object_story_spec,
        pulled_at as content_pulled_at
    from {{ source('facebook_ads', 'ad_creative') }}
)

select * from landed
