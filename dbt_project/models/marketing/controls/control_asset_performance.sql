-- grain: one row per platform, account, account-local day, campaign and breakdown that was pulled
{% set levels = [
    ('google_ads', 'asset_group_day', 'asset_group', 'asset_group_day', 'true', 'cost_micros', 'clicks'),
    ('google_ads', 'landing_page_day', 'landing_page', 'landing_page_day', 'true', 'cost_micros', 'clicks'),
    ('facebook_ads', 'ad_day', 'creative', 'ad_day', '(account_id, ad_id) in (select (account_id, ad_id) from creatives)', 'spend_micros', 'outbound_clicks'),
    ('facebook_ads', 'ad_day', 'landing_page', 'ad_day', '(account_id, ad_id) in (select (account_id, ad_id) from creatives)', 'spend_micros', 'outbound_clicks')
] -%}
with creatives as (
    select distinct
        account_id,
        ad_id
    from {{ ref('stg_facebook_ads__ad_creative') }}
),

claimed as (
    select
        account_id,
        account_day,
        entity_id as campaign_id,
        cast(sum(conversions_click_7d) as double) as conversions
    from {{ ref('int_marketing__facebook_ads_claims') }}
    where entity_kind = 'campaign'
    group by account_id, account_day, entity_id
),

campaigns as (
    select
        'google_ads' as platform,
        account_id,
        account_day,
        campaign_id,
        impressions,
        clicks,
        cost_micros as spend_micros,
        conversions
    from {{ ref('stg_google_ads__campaign_day') }}
    union all
    select
        'facebook_ads' as platform,
        days.account_id,
        days.account_day,
        days.campaign_id,
        days.impressions,
        days.outbound_clicks as clicks,
        days.spend_micros,
        coalesce(claimed.conversions, 0) as conversions
    from {{ ref('stg_facebook_ads__campaign_day') }} as days
    -- left, 1:1: most days have no conversions
    left join claimed
        on
            days.account_id = claimed.account_id
            and days.account_day = claimed.account_day
            and days.campaign_id = claimed.campaign_id
),

known as (
    {% for platform, stream, breakdown, relation, where, spend, clicks in levels -%}
        select
            '{{ platform }}' as platform,
            '{{ breakdown }}' as breakdown,
            account_id,
            account_day,
            campaign_id,
            sum(impressions) as impressions,
            sum({{ clicks }}) as clicks,
            sum({{ spend }}) as spend_micros
        from {{ ref('stg_' ~ platform ~ '__' ~ relation) }}
        where {{ where }}
        group by account_id, account_day, campaign_id
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- Of these both the campaigns and the level were pulled.
pulled as (
    {% for platform, stream, breakdown, relation, where, spend, clicks in levels -%}
        select
            '{{ platform }}' as platform,
            '{{ breakdown }}' as breakdown,
            account_id,
            account_day
        from {{ ref('stg_' ~ platform ~ '__pulls') }}
        where stream in ('campaign_day', '{{ stream }}')
        group by account_id, account_day
        having count(*) = 2
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

control_asset_performance as (
    select
        pulled.platform,
        pulled.breakdown,
        pulled.account_id,
        pulled.account_day,
        campaigns.campaign_id,
        campaigns.impressions,
        campaigns.clicks,
        campaigns.spend_micros,
        campaigns.conversions,
        coalesce(known.impressions, 0) as known_impressions,
        coalesce(known.clicks, 0) as known_clicks,
        coalesce(known.spend_micros, 0) as known_spend_micros
    from pulled
    -- inner, 1:n: a day without campaigns has nothing to break down
    inner join campaigns
        on
            pulled.platform = campaigns.platform
            and pulled.account_id = campaigns.account_id
            and pulled.account_day = campaigns.account_day
    -- left, 1:1: of some campaigns the level shows nothing
    left join known
        on
            pulled.platform = known.platform
            and pulled.breakdown = known.breakdown
            and pulled.account_id = known.account_id
            and pulled.account_day = known.account_day
            and campaigns.campaign_id = known.campaign_id
)

select * from control_asset_performance
