-- grain: one row per platform, account, campaign and pair of UTM source and campaign in its ads
with tagged as (
    select
        'google_ads' as platform,
        account_id,
        campaign_id,
        final_url as tagged_url
    from {{ ref('stg_google_ads__ad') }}
    union all
    select
        'facebook_ads' as platform,
        account_id,
        campaign_id,
        url_tags as tagged_url
    from {{ ref('stg_facebook_ads__ad') }}
),

campaign_utms as (
    select distinct
        platform,
        account_id,
        campaign_id,
        lower({{ url_parameter('tagged_url', 'utm_source') }}) as utm_source,
        lower({{ url_parameter('tagged_url', 'utm_campaign') }}) as utm_campaign
    from tagged
)

select * from campaign_utms
where utm_campaign <> ''
