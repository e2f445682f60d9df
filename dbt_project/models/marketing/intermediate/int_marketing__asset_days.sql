-- grain: one row per platform, account, account-local day, campaign, breakdown and asset
with creatives as (
    select
        account_id,
        account_day,
        ad_id,
        creative_id,
        creative_name,
        {{ creative_link('object_story_spec') }} as link_url,
        url_tags,
        -- before anybody looked, an ad is taken to have shown what it showed then
        case
            when lag(account_day) over by_day is null then date '1900-01-01' else account_day
        end as holds_from,
        coalesce(lead(account_day) over by_day, date '9999-12-31') as holds_to
    from {{ ref('stg_facebook_ads__ad_creative') }}
    window by_day as (partition by account_id, ad_id order by account_day)
),

meta_ads as (
    select
        days.account_id,
        days.account_day,
        days.campaign_id,
        creatives.creative_id,
        creatives.creative_name,
        case
            when creatives.url_tags = '' then creatives.link_url
            when creatives.link_url like '%?%'
                then creatives.link_url || '&' || creatives.url_tags
            else creatives.link_url || '?' || creatives.url_tags
        end as page_url,
        days.impressions,
        days.clicks,
        days.spend_micros,
        days.conversions_click_through
    from {{ ref('int_marketing__ad_days') }} as days
    -- inner, n:1: what no creative is known for stays in the residual
    inner join creatives
        on
            days.account_id = creatives.account_id
            and days.ad_id = creatives.ad_id
            and days.account_day >= creatives.holds_from
            and days.account_day < creatives.holds_to
    where days.platform = 'facebook_ads'
),

unioned as (
    select
        'google_ads' as platform,
        account_id,
        account_day,
        campaign_id,
        'asset_group' as breakdown,
        asset_group_id as asset_id,
        cast(null as varchar) as asset_name,
        cast(null as varchar) as page_url,
        impressions,
        clicks,
        cost_micros as spend_micros,
        conversions as conversions_click_through
    from {{ ref('stg_google_ads__asset_group_day') }}
    union all
    select
        'google_ads' as platform,
        account_id,
        account_day,
        campaign_id,
        'landing_page' as breakdown,
        page_url as asset_id,
        cast(null as varchar) as asset_name,
        page_url,
        impressions,
        clicks,
        cost_micros as spend_micros,
        conversions as conversions_click_through
    from {{ ref('stg_google_ads__landing_page_day') }}
    union all
    select
        'facebook_ads' as platform,
        account_id,
        account_day,
        campaign_id,
        'landing_page' as breakdown,
        page_url as asset_id,
        cast(null as varchar) as asset_name,
        page_url,
        impressions,
        clicks,
        spend_micros,
        conversions_click_through
    from meta_ads
    where page_url is not null
    union all
    select
        'facebook_ads' as platform,
        account_id,
        account_day,
        campaign_id,
        'creative' as breakdown,
        creative_id as asset_id,
        creative_name as asset_name,
        page_url,
        impressions,
        clicks,
        spend_micros,
        conversions_click_through
    from meta_ads
),

asset_groups as (
    select
        account_id,
        asset_group_id,
        arg_max(asset_group_name, account_day) as asset_group_name,
        arg_max(final_url, account_day) as final_url
    from {{ ref('stg_google_ads__asset_group') }}
    group by account_id, asset_group_id
),

asset_days as (
    select
        unioned.platform,
        unioned.account_id,
        unioned.account_day,
        unioned.campaign_id,
        unioned.breakdown,
        unioned.asset_id,
        max(coalesce(unioned.asset_name, asset_groups.asset_group_name)) as asset_name,
        max(coalesce(unioned.page_url, asset_groups.final_url)) as page_url,
        cast(sum(unioned.impressions) as bigint) as impressions,
        cast(sum(unioned.clicks) as bigint) as clicks,
        cast(sum(unioned.spend_micros) as bigint) as spend_micros,
        sum(unioned.conversions_click_through) as conversions_click_through
    from unioned
    -- left, n:1: an asset group that was never listed keeps its facts
    left join asset_groups
        on
            unioned.breakdown = 'asset_group'
            and unioned.account_id = asset_groups.account_id
            and unioned.asset_id = asset_groups.asset_group_id
    group by
        unioned.platform,
        unioned.account_id,
        unioned.account_day,
        unioned.campaign_id,
        unioned.breakdown,
        unioned.asset_id
)

select * from asset_days
