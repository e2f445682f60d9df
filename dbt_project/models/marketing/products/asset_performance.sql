-- grain: one row per platform, account, campaign, breakdown, asset and day of the account
with pulled as (
    {{ pulled_levels([
        ('google_ads', 'asset_group_day', 'asset_group'),
        ('google_ads', 'landing_page_day', 'landing_page'),
        ('facebook_ads', 'ad_day', 'creative'),
        ('facebook_ads', 'ad_day', 'landing_page')
    ]) }}
),

parts as (
    select
        days.*,
        pulled.pulled_at,
        pulled.sandbox
    from {{ ref('int_marketing__asset_days') }} as days
    -- inner, n:1: days of which the campaigns were not pulled wait for them
    inner join pulled
        on
            days.platform = pulled.platform
            and days.account_id = pulled.account_id
            and days.account_day = pulled.account_day
            and days.breakdown = pulled.breakdown
),

wholes as (
    select
        days.platform,
        days.account_id,
        days.account_day,
        days.campaign_id,
        pulled.breakdown,
        days.impressions,
        days.clicks,
        days.spend_micros,
        days.conversions_click_through,
        pulled.pulled_at,
        pulled.sandbox
    from {{ ref('int_marketing__campaign_days') }} as days
    -- inner, n:m: each campaign's day is the whole of every breakdown that was pulled of it
    inner join pulled
        on
            days.platform = pulled.platform
            and days.account_id = pulled.account_id
            and days.account_day = pulled.account_day
),

stacked as (
    {{ closed(
        'parts', 'wholes',
        keys=[
            'platform', 'account_id', 'account_day', 'campaign_id', 'breakdown', 'pulled_at',
            'sandbox'
        ],
        ids=['asset_id'],
        told=['asset_name', 'page_url']
    ) }}
),

asset_performance as (
    select
        stacked.platform,
        stacked.account_id,
        labels.account_name,
        labels.account_currency,
        labels.account_time_zone,
        stacked.campaign_id,
        labels.campaign_name,
        labels.campaign_name_latest,
        stacked.breakdown,
        stacked.asset_id,
        stacked.asset_name,
        stacked.page_url,
        {% for name in ['source', 'medium', 'campaign', 'term', 'content'] -%}
            {{ utm_value('stacked.page_url', 'utm_' ~ name) }} as utm_{{ name }},
        {% endfor -%}
        coalesce(strpos(stacked.page_url, '{') > 0, false) as has_template,
        stacked.account_day as date_day,
        stacked.is_residual,
        cast(stacked.impressions as bigint) as impressions,
        cast(stacked.clicks as bigint) as clicks,
        cast(stacked.spend_micros as bigint) as spend_account_micros,
        '{{ var("reporting_currency") }}' as reporting_currency,
        {{ converted('stacked.spend_micros', 'labels.fx_rate') }} as spend_reporting_micros,
        labels.fx_rate,
        cast(stacked.conversions_click_through as double) as claimed_conversions_click_through,
        stacked.pulled_at,
        stacked.sandbox
    from stacked
    -- left, n:1: a campaign that its own report does not hold has no labels, and is refused
    left join {{ ref('int_marketing__labelled_campaign_days') }} as labels
        on
            stacked.platform = labels.platform
            and stacked.account_id = labels.account_id
            and stacked.account_day = labels.account_day
            and stacked.campaign_id = labels.campaign_id
)

select * from asset_performance
