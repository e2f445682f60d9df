-- grain: one row per platform, account, account-local day, campaign and breakdown that was pulled
{{ by_day() }}
{% set levels = [
    ('google_ads', 'device_day', 'device', 'device_day', 'true', 'cost_micros', 'clicks'),
    ('google_ads', 'place_day', 'country', 'place_day', 'true', 'cost_micros', 'clicks'),
    ('google_ads', 'place_day', 'region', 'place_day', "region_name <> ''", 'cost_micros', 'clicks'),
    ('google_ads', 'age_day', 'age', 'age_day', 'true', 'cost_micros', 'clicks'),
    ('google_ads', 'gender_day', 'gender', 'gender_day', 'true', 'cost_micros', 'clicks'),
    ('facebook_ads', 'device_day', 'device', 'device_day', 'true', 'spend_micros', 'outbound_clicks'),
    ('facebook_ads', 'device_day', 'app', 'device_day', 'true', 'spend_micros', 'outbound_clicks'),
    ('facebook_ads', 'country_day', 'country', 'country_day', 'true', 'spend_micros', 'outbound_clicks'),
    ('facebook_ads', 'region_day', 'region', 'region_day', 'true', 'spend_micros', 'outbound_clicks'),
    ('facebook_ads', 'age_gender_day', 'age', 'age_gender_day', 'true', 'spend_micros', 'outbound_clicks'),
    ('facebook_ads', 'age_gender_day', 'gender', 'age_gender_day', 'true', 'spend_micros', 'outbound_clicks'),
    ('facebook_ads', 'age_gender_day', 'age_gender', 'age_gender_day', 'true', 'spend_micros', 'outbound_clicks')
] -%}
with claimed as (
    select
        account_id,
        account_day,
        entity_id as campaign_id,
        cast(sum(conversions_click_7d) as double) as conversions
    from {{ of_due_days(ref('int_marketing__facebook_ads_claims'), 'facebook_ads') }}
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
    from {{ of_due_days(ref('stg_google_ads__campaign_day')) }}
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
    from {{ of_due_days(ref('stg_facebook_ads__campaign_day')) }} as days
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
        from {{ of_due_days(ref('stg_' ~ platform ~ '__' ~ relation)) }}
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
        from {{ of_due_days(ref('stg_' ~ platform ~ '__pulls')) }}
        where stream in ('campaign_day', '{{ stream }}')
        group by account_id, account_day
        having count(*) = 2
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

control_audience_performance as (
    select
        pulled.platform,
        pulled.breakdown,
        pulled.account_id,
        pulled.account_day,
        campaigns.campaign_id,
        campaigns.impressions,
        campaigns.clicks,
        campaigns.spend_micros,
        -- by region Meta tells of no conversion outside of it
        case
            when pulled.platform <> 'facebook_ads' or pulled.breakdown <> 'region'
                then campaigns.conversions
        end as conversions,
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

select * from control_audience_performance
