-- grain: one row per platform, account, account-local day, campaign, breakdown and value
{{ by_day() }}
with google_ads as (
    {% for breakdown, value, relation, known in [
        ('device', 'device', 'device_day', 'true'),
        ('country', "coalesce(nullif(country_code, ''), country_id)", 'place_day', 'true'),
        ('region', "region_name || ', ' || country_code", 'place_day', "region_name <> ''"),
        ('age', 'age_range', 'age_day', 'true'),
        ('gender', 'gender', 'gender_day', 'true')
    ] -%}
        select
            account_id,
            account_day,
            campaign_id,
            '{{ breakdown }}' as breakdown,
            {{ value }} as breakdown_value,
            impressions,
            clicks,
            cost_micros as spend_micros,
            conversions as conversions_click_through
        from {{ of_due_days(ref('stg_google_ads__' ~ relation)) }}
        where {{ known }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

meta_reported as (
    {% for relation, first, second in [
        ('device_day', 'publisher_platform', 'impression_device'),
        ('country_day', 'country', "''"),
        ('age_gender_day', 'age', 'gender')
    ] -%}
        select
            account_id,
            account_day,
            campaign_id,
            '{{ relation }}' as report,
            {{ first }} as first_value,
            {{ second }} as second_value,
            impressions,
            outbound_clicks as clicks,
            spend_micros,
            actions,
            -- the values of conversions are not asked for
            list_slice(actions, 1, 0) as action_values
        from {{ of_due_days(ref('stg_facebook_ads__' ~ relation)) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

{% set part = [
    'account_id', 'account_day', 'campaign_id', 'report', 'first_value', 'second_value'
] -%}
meta_events as (
    {{ resolved_actions('meta_reported', part) }}
),

meta_claims as (
    select
        {{ part | join(', ') }},
        cast(sum(conversions_click_7d) as double) as conversions_click_through
    from meta_events
    group by {{ part | join(', ') }}
),

meta_parts as (
    select
        -- RF02: the linter takes the columns that are left out for references
        reported.* exclude (actions, action_values),  -- noqa: RF02
        coalesce(meta_claims.conversions_click_through, 0) as conversions_click_through
    from meta_reported as reported
    -- left, 1:1: most parts have no conversions; claims are a subset of these rows
    left join meta_claims
        on
            reported.account_id = meta_claims.account_id
            and reported.account_day = meta_claims.account_day
            and reported.campaign_id = meta_claims.campaign_id
            and reported.report = meta_claims.report
            and reported.first_value = meta_claims.first_value
            and reported.second_value = meta_claims.second_value
    union all
    select
        account_id,
        account_day,
        campaign_id,
        'region_day' as report,
        region as first_value,
        '' as second_value,
        impressions,
        outbound_clicks as clicks,
        spend_micros,
        -- by region Meta tells of no conversion outside of it: unknown, not none
        cast(null as double) as conversions_click_through
    from {{ of_due_days(ref('stg_facebook_ads__region_day')) }}
),

facebook_ads as (
    select
        parts.account_id,
        parts.account_day,
        parts.campaign_id,
        named.breakdown,
        case named.breakdown
            when 'device' then parts.second_value
            when 'gender' then parts.second_value
            when 'age_gender' then parts.first_value || ' ' || parts.second_value
            else parts.first_value
        end as breakdown_value,
        parts.impressions,
        parts.clicks,
        parts.spend_micros,
        parts.conversions_click_through
    from meta_parts as parts
    -- inner, n:m: one report holds several breakdowns
    inner join (
        values
        ('device_day', 'app'),
        ('device_day', 'device'),
        ('country_day', 'country'),
        ('region_day', 'region'),
        ('age_gender_day', 'age'),
        ('age_gender_day', 'gender'),
        ('age_gender_day', 'age_gender')
    ) as named (report, breakdown)
        on parts.report = named.report
),

unioned as (
    select
        'google_ads' as platform,
        *
    from google_ads
    union all
    select
        'facebook_ads' as platform,
        *
    from facebook_ads
),

audience_days as (
    select
        platform,
        account_id,
        account_day,
        campaign_id,
        breakdown,
        breakdown_value,
        cast(sum(impressions) as bigint) as impressions,
        cast(sum(clicks) as bigint) as clicks,
        cast(sum(spend_micros) as bigint) as spend_micros,
        sum(conversions_click_through) as conversions_click_through
    from unioned
    group by platform, account_id, account_day, campaign_id, breakdown, breakdown_value
)

select * from audience_days
