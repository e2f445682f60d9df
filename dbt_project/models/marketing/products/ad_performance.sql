-- grain: one row per platform, account, campaign, ad group, ad and day of the account
{{ by_day(labels={
    'int_marketing__accounts': {'found_by': {'platform': 'platform', 'account_id': 'account_id'}},
    'int_marketing__campaign_taxonomy': {
        'found_by': {
            'platform': 'platform', 'account_id': 'account_id', 'campaign_id': 'campaign_id'
        },
        'says': ['campaign_name', 'market', 'channel', 'objective', 'funnel_stage']
    },
    'int_marketing__ad_names': {
        'found_by': {
            'platform': 'platform', 'account_id': 'account_id', 'ad_group_id': 'ad_group_id',
            'ad_id': 'ad_id'
        }
    }
}) }}
with ad_days as (
    select * from {{ of_due_days(ref('int_marketing__ad_days')) }}
),

campaign_days as (
    select * from {{ of_due_days(ref('int_marketing__campaign_days')) }}
),

accounts as (
    select * from {{ ref('int_marketing__accounts') }}
),

taxonomy as (
    select * from {{ ref('int_marketing__campaign_taxonomy') }}
),

ad_names as (
    select * from {{ ref('int_marketing__ad_names') }}
),

slices as (
    select * from {{ of_due_days(ref('int_marketing__slices')) }}
    where stream = 'ad_day'
),

known_ads as (
    select
        platform,
        account_id,
        account_day,
        campaign_id,
        sum(impressions) as impressions,
        sum(clicks) as clicks,
        sum(spend_micros) as spend_micros,
        sum(conversions_click_through) as conversions_click_through,
        sum(conversions_view_through) as conversions_view_through,
        sum(value_click_through_micros) as value_click_through_micros
    from ad_days
    group by platform, account_id, account_day, campaign_id
),

differences as (
    select
        campaign_days.platform,
        campaign_days.account_id,
        campaign_days.account_day,
        campaign_days.campaign_id,
        '(residual)' as ad_group_id,
        '(residual)' as ad_id,
        campaign_days.impressions - coalesce(known_ads.impressions, 0) as impressions,
        campaign_days.clicks - coalesce(known_ads.clicks, 0) as clicks,
        campaign_days.spend_micros - coalesce(known_ads.spend_micros, 0) as spend_micros,
        -- credit is fractional: a billionth of a conversion is rounding, not a residual
        round(
            campaign_days.conversions_click_through
            - coalesce(known_ads.conversions_click_through, 0),
            9
        ) as conversions_click_through,
        campaign_days.conversions_view_through
        - coalesce(known_ads.conversions_view_through, 0) as conversions_view_through,
        campaign_days.value_click_through_micros
        - coalesce(known_ads.value_click_through_micros, 0) as value_click_through_micros
    from campaign_days
    -- left, 1:1: a campaign of which no ad is shown is all residual
    left join known_ads
        on
            campaign_days.platform = known_ads.platform
            and campaign_days.account_id = known_ads.account_id
            and campaign_days.account_day = known_ads.account_day
            and campaign_days.campaign_id = known_ads.campaign_id
),

stacked as (
    select
        *,
        false as is_residual
    from ad_days
    union all by name
    select
        *,
        true as is_residual
    from differences
    where
        impressions <> 0
        or clicks <> 0
        or spend_micros <> 0
        or conversions_click_through <> 0
        or conversions_view_through <> 0
        or value_click_through_micros <> 0
),

ad_performance as (
    select
        '' as source_relation,
        stacked.account_day as date_day,
        stacked.platform,
        stacked.account_id,
        accounts.account_name,
        accounts.account_currency,
        accounts.account_time_zone,
        stacked.campaign_id,
        taxonomy.campaign_name,
        taxonomy.market,
        taxonomy.channel,
        taxonomy.objective,
        taxonomy.funnel_stage,
        stacked.ad_group_id,
        ad_names.ad_group_name,
        stacked.ad_id,
        ad_names.ad_name,
        stacked.is_residual,
        cast(stacked.clicks as bigint) as clicks,
        cast(stacked.impressions as bigint) as impressions,
        cast(stacked.spend_micros as double) / 1000000 as spend,
        cast(stacked.spend_micros as bigint) as spend_account_micros,
        cast(stacked.conversions_click_through as double) as conversions,
        cast(stacked.conversions_view_through as double) as claimed_conversions_view_through,
        cast(stacked.value_click_through_micros as double) / 1000000 as conversions_value,
        slices.pulled_at,
        slices.sandbox
    from stacked
    -- inner, n:1: every fact belongs to a pulled account
    inner join accounts
        on stacked.platform = accounts.platform and stacked.account_id = accounts.account_id
    -- left, n:1: a campaign without a known name keeps its facts
    left join taxonomy
        on
            stacked.platform = taxonomy.platform
            and stacked.account_id = taxonomy.account_id
            and stacked.campaign_id = taxonomy.campaign_id
    -- left, n:1: an ad without a known name keeps its facts
    left join ad_names
        on
            stacked.platform = ad_names.platform
            and stacked.account_id = ad_names.account_id
            and stacked.ad_group_id = ad_names.ad_group_id
            and stacked.ad_id = ad_names.ad_id
    -- inner, n:1: days of which only the campaigns were pulled wait for their ads
    inner join slices
        on
            stacked.platform = slices.platform
            and stacked.account_id = slices.account_id
            and stacked.account_day = slices.account_day
)

select * from ad_performance
