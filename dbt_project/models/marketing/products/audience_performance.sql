-- grain: one row per platform, account, campaign, breakdown, value and day of the account
{{ by_day() }}
with pulled as (
    {{ pulled_levels([
        ('google_ads', 'device_day', 'device'),
        ('google_ads', 'place_day', 'country'),
        ('google_ads', 'place_day', 'region'),
        ('google_ads', 'age_day', 'age'),
        ('google_ads', 'gender_day', 'gender'),
        ('facebook_ads', 'device_day', 'device'),
        ('facebook_ads', 'device_day', 'app'),
        ('facebook_ads', 'country_day', 'country'),
        ('facebook_ads', 'region_day', 'region'),
        ('facebook_ads', 'age_gender_day', 'age'),
        ('facebook_ads', 'age_gender_day', 'gender'),
        ('facebook_ads', 'age_gender_day', 'age_gender')
    ]) }}
),

parts as (
    select
        days.*,
        pulled.pulled_at,
        pulled.sandbox
    from {{ of_due_days(ref('int_marketing__audience_days')) }} as days
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
        -- by region Meta tells of no conversion outside of it: unknown, not none
        case
            when days.platform <> 'facebook_ads' or pulled.breakdown <> 'region'
                then days.conversions_click_through
        end as conversions_click_through,
        pulled.pulled_at,
        pulled.sandbox
    from {{ of_due_days(ref('int_marketing__campaign_days')) }} as days
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
        ids=['breakdown_value']
    ) }}
),

alike as (
    {{ audience_values() }}
),

verdicts as (
    {{ breakdown_verdicts() }}
),

audience_performance as (
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
        stacked.breakdown_value,
        case
            when stacked.breakdown = 'country' and length(stacked.breakdown_value) = 2
                then stacked.breakdown_value
            else alike.common_value
        end as common_value,
        verdicts.verdict as comparability,
        verdicts.reason as comparability_note,
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
    -- left, n:1: what is not listed has no counterpart
    left join alike
        on
            stacked.platform = alike.platform
            and stacked.breakdown = alike.breakdown
            and stacked.breakdown_value = alike.breakdown_value
    -- left, n:1: every breakdown has a verdict, or is refused
    left join verdicts on stacked.breakdown = verdicts.breakdown
)

select * from audience_performance
