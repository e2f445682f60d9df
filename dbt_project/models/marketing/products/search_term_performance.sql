-- grain: one row per platform, account, campaign, ad group, search term and day of the account
{{ by_day(labels={
    'int_marketing__hierarchy': {
        'found_by': {
            'platform': 'platform', 'account_id': 'account_id', 'ad_group_id': 'entity_id'
        },
        'says': ['entity_level', 'entity_name', 'is_latest']
    }
}) }}
with pulled as (
    {{ pulled_levels([('google_ads', 'search_term_day', '')]) }}
),

parts as (
    select
        pulled.platform,
        days.account_id,
        days.account_day,
        days.campaign_id,
        days.ad_group_id,
        days.search_term,
        days.status as term_status,
        days.impressions,
        days.clicks,
        days.cost_micros as spend_micros,
        days.conversions as conversions_click_through,
        pulled.pulled_at,
        pulled.sandbox
    from {{ of_due_days(ref('stg_google_ads__search_term_day')) }} as days
    -- inner, n:1: days of which the campaigns were not pulled wait for them
    inner join pulled
        on days.account_id = pulled.account_id and days.account_day = pulled.account_day
    -- what may name a person is no key of a report: it stays in the residual
    where not {{ may_name_a_person('days.search_term') }}
),

wholes as (
    select
        days.platform,
        days.account_id,
        days.account_day,
        days.campaign_id,
        days.impressions,
        days.clicks,
        days.spend_micros,
        days.conversions_click_through,
        pulled.pulled_at,
        pulled.sandbox
    from {{ of_due_days(ref('int_marketing__campaign_days')) }} as days
    -- inner, n:1: campaigns of days of which the level was pulled
    inner join pulled
        on
            days.platform = pulled.platform
            and days.account_id = pulled.account_id
            and days.account_day = pulled.account_day
),

stacked as (
    {{ closed(
        'parts', 'wholes',
        keys=['platform', 'account_id', 'account_day', 'campaign_id', 'pulled_at', 'sandbox'],
        ids=['ad_group_id', 'search_term'],
        told=['term_status']
    ) }}
),

ad_groups as (
    select * from {{ ref('int_marketing__hierarchy') }}
    where entity_level = 'ad_group' and is_latest
),

search_term_performance as (
    select
        stacked.platform,
        stacked.account_id,
        labels.account_name,
        labels.account_currency,
        labels.account_time_zone,
        stacked.campaign_id,
        labels.campaign_name,
        labels.campaign_name_latest,
        stacked.ad_group_id,
        ad_groups.entity_name as ad_group_name,
        stacked.search_term,
        stacked.term_status,
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
    left join {{ of_due_days(ref('int_marketing__labelled_campaign_days')) }} as labels
        on
            stacked.platform = labels.platform
            and stacked.account_id = labels.account_id
            and stacked.account_day = labels.account_day
            and stacked.campaign_id = labels.campaign_id
    -- left, n:1: an ad group that was never listed keeps its facts
    left join ad_groups
        on
            stacked.platform = ad_groups.platform
            and stacked.account_id = ad_groups.account_id
            and stacked.ad_group_id = ad_groups.entity_id
)

select * from search_term_performance
