-- grain: one row per platform, account, campaign and reporting day that the product must have
{% set zone = "'" ~ var('reporting_time_zone') ~ "'" -%}
-- Delivery from the landed hours by a path of its own: no model between staging and here.
with google_hours as (
    select
        'google_ads' as platform,
        hours.account_id,
        hours.campaign_id,
        {{ local_day(
            local_hour_start('hours.account_day', 'hours.hour_of_day', 'pulls.account_time_zone'),
            zone
        ) }} as reporting_day,
        hours.impressions,
        hours.clicks as clicks_destination,
        cast(null as bigint) as clicks_all,
        hours.cost_micros as spend_account_micros
    from {{ ref('stg_google_ads__campaign_hour') }} as hours
    -- inner, n:1: every landed row has its pull
    inner join {{ ref('stg_google_ads__pulls') }} as pulls
        on
            hours.account_id = pulls.account_id
            and hours.account_day = pulls.account_day
            and pulls.stream = 'campaign_hour'
),

facebook_hours as (
    select
        'facebook_ads' as platform,
        hours.account_id,
        hours.campaign_id,
        {{ local_day(
            local_hour_start('hours.account_day', 'hours.hour_of_day', 'pulls.account_time_zone'),
            zone
        ) }} as reporting_day,
        hours.impressions,
        hours.outbound_clicks as clicks_destination,
        hours.clicks_all,
        hours.spend_micros as spend_account_micros
    from {{ ref('stg_facebook_ads__campaign_hour') }} as hours
    -- inner, n:1: every landed row has its pull
    inner join {{ ref('stg_facebook_ads__pulls') }} as pulls
        on
            hours.account_id = pulls.account_id
            and hours.account_day = pulls.account_day
            and pulls.stream = 'campaign_hour'
),

residuals as (
    select
        platform,
        account_id,
        '(residual)' as campaign_id,
        account_day as reporting_day,
        impressions,
        clicks as clicks_destination,
        spend_micros as spend_account_micros,
        conversions_click_through as claimed_conversions_click_through,
        conversions_view_through as claimed_conversions_view_through
    from {{ ref('int_marketing__account_residuals') }}
),

claims as (
    select
        platform,
        account_id,
        campaign_id,
        account_day as reporting_day,
        click_through as claimed_conversions_click_through,
        engaged_view as claimed_conversions_engaged_view,
        value_click_through_micros as claimed_value_account_micros,
        case when event = 'purchase' then click_through end as claimed_purchases_click_through,
        case when event = 'purchase' then engaged_view end as claimed_purchases_engaged_view,
        case when event = 'purchase' then view_through end as claimed_purchases_view_through,
        case when event = 'lead' then click_through end as claimed_leads_click_through,
        case when event = 'lead' then engaged_view end as claimed_leads_engaged_view,
        case when event = 'lead' then view_through end as claimed_leads_view_through,
        case when event = 'purchase' then value_click_through_micros end
            as claimed_purchase_value_account_micros
    from {{ ref('int_marketing__campaign_claims') }}
),

campaign_days as (
    select
        platform,
        account_id,
        campaign_id,
        account_day as reporting_day,
        conversions_view_through as claimed_conversions_view_through,
        platform_comparable_conversions,
        reach
    from {{ ref('int_marketing__campaign_days') }}
),

aligned as (
    select
        platform,
        account_id,
        campaign_id,
        reporting_day,
        case when event = 'purchase' then conversions end as aligned_purchases,
        case when event = 'purchase' then value_micros end as aligned_purchase_value_account_micros,
        case when event = 'lead' then conversions end as aligned_leads
    from {{ ref('int_marketing__aligned_days') }}
),

observed as (
    select
        platform,
        account_id,
        campaign_id,
        reporting_day,
        sessions as observed_sessions,
        engaged_sessions as observed_engaged_sessions,
        purchases as observed_purchases,
        purchase_value_reporting_micros as observed_purchase_value_reporting_micros,
        leads as observed_leads
    from {{ ref('int_marketing__observed') }}
),

stacked as (
    select * from {{ ref('int_marketing__campaign_spine') }}
    union all by name
    select * from google_hours
    union all by name
    select * from facebook_hours
    union all by name
    select * from residuals
    union all by name
    select * from claims
    union all by name
    select * from campaign_days
    union all by name
    select * from aligned
    union all by name
    select * from observed
),

summed as (
    select
        platform,
        account_id,
        campaign_id,
        reporting_day,
        sum(impressions) as impressions,
        sum(clicks_destination) as clicks_destination,
        sum(clicks_all) as clicks_all,
        sum(spend_account_micros) as spend_account_micros,
        sum(claimed_conversions_click_through) as claimed_conversions_click_through,
        sum(claimed_conversions_engaged_view) as claimed_conversions_engaged_view,
        sum(claimed_conversions_view_through) as claimed_conversions_view_through,
        sum(claimed_value_account_micros) as claimed_value_account_micros,
        sum(claimed_purchases_click_through) as claimed_purchases_click_through,
        sum(claimed_purchases_engaged_view) as claimed_purchases_engaged_view,
        sum(claimed_purchases_view_through) as claimed_purchases_view_through,
        sum(claimed_purchase_value_account_micros) as claimed_purchase_value_account_micros,
        sum(claimed_leads_click_through) as claimed_leads_click_through,
        sum(claimed_leads_engaged_view) as claimed_leads_engaged_view,
        sum(claimed_leads_view_through) as claimed_leads_view_through,
        sum(platform_comparable_conversions) as platform_comparable_conversions,
        sum(reach) as reach,
        sum(aligned_purchases) as aligned_purchases,
        sum(aligned_purchase_value_account_micros) as aligned_purchase_value_account_micros,
        sum(aligned_leads) as aligned_leads,
        sum(observed_sessions) as observed_sessions,
        sum(observed_engaged_sessions) as observed_engaged_sessions,
        sum(observed_purchases) as observed_purchases,
        sum(observed_purchase_value_reporting_micros)
            as observed_purchase_value_reporting_micros,
        sum(observed_leads) as observed_leads
    from stacked
    group by platform, account_id, campaign_id, reporting_day
),

in_reporting_currency as (
    select
        summed.*,
        {{ converted('summed.spend_account_micros', 'fx_rates.rate') }}
            as spend_reporting_micros,
        {{ converted('summed.claimed_value_account_micros', 'fx_rates.rate') }}
            as claimed_value_reporting_micros,
        {{ converted('summed.claimed_purchase_value_account_micros', 'fx_rates.rate') }}
            as claimed_purchase_value_reporting_micros,
        {{ converted('summed.aligned_purchase_value_account_micros', 'fx_rates.rate') }}
            as aligned_purchase_value_reporting_micros
    from summed
    -- left, n:1: an account that was never pulled has no figures either
    left join {{ ref('int_marketing__accounts') }} as pulled
        on summed.platform = pulled.platform and summed.account_id = pulled.account_id
    -- left, n:1: a missing rate stays null, and the audit refuses the product
    left join {{ source('finance', 'fx_rates') }} as fx_rates
        on
            pulled.account_currency = fx_rates.from_currency
            and summed.reporting_day = fx_rates.rate_date
            and fx_rates.to_currency = '{{ var("reporting_currency") }}'
)

select * from in_reporting_currency
