-- grain: one row per platform, account, campaign and reporting day
with delivery as (
    select * from {{ ref('int_marketing__campaign_delivery') }}
),

claims as (
    select * from {{ ref('int_marketing__campaign_claims') }}
),

accounts as (
    select * from {{ ref('int_marketing__accounts') }}
),

campaign_names as (
    select * from {{ ref('int_marketing__campaign_names') }}
),

complete_days as (
    select * from {{ ref('int_marketing__complete_days') }}
),

fx_rates as (
    select * from {{ source('finance', 'fx_rates') }}
),

-- A conversion may lie on a day without delivery, so facts are stacked, not joined.
stacked as (
    select
        platform,
        account_id,
        campaign_id,
        reporting_day,
        impressions,
        clicks_destination,
        clicks_all,
        spend_account_micros,
        0.0 as conversions_click_through,
        0.0 as conversions_view_through,
        0 as value_click_through_micros,
        cast(null as bigint) as value_view_through_micros,
        pulled_at,
        sandbox
    from delivery
    union all
    select
        platform,
        account_id,
        campaign_id,
        account_day as reporting_day,
        0 as impressions,
        0 as clicks_destination,
        cast(null as bigint) as clicks_all,
        0 as spend_account_micros,
        conversions_click_through,
        conversions_view_through,
        value_click_through_micros,
        value_view_through_micros,
        pulled_at,
        sandbox
    from claims
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
        sum(conversions_click_through) as conversions_click_through,
        sum(conversions_view_through) as conversions_view_through,
        sum(value_click_through_micros) as value_click_through_micros,
        sum(value_view_through_micros) as value_view_through_micros,
        min(pulled_at) as pulled_at,
        bool_or(sandbox) as sandbox
    from stacked
    group by platform, account_id, campaign_id, reporting_day
),

campaign_performance as (
    select
        summed.platform,
        summed.account_id,
        accounts.account_name,
        accounts.account_currency,
        accounts.account_time_zone,
        summed.campaign_id,
        campaign_names.campaign_name,
        campaign_names.channel_type,
        summed.reporting_day,
        '{{ var("reporting_currency") }}' as reporting_currency,
        cast(summed.impressions as bigint) as impressions,
        cast(summed.clicks_destination as bigint) as clicks_destination,
        cast(summed.clicks_all as bigint) as clicks_all,
        cast(summed.spend_account_micros as bigint) as spend_account_micros,
        {{ converted('summed.spend_account_micros', 'fx_rates.rate') }}
            as spend_reporting_micros,
        fx_rates.rate as fx_rate,
        fx_rates.published_on as fx_published_on,
        cast(summed.conversions_click_through as double) as claimed_conversions_click_through,
        cast(summed.conversions_view_through as double) as claimed_conversions_view_through,
        cast(summed.value_click_through_micros as bigint)
            as claimed_value_click_through_account_micros,
        {{ converted('summed.value_click_through_micros', 'fx_rates.rate') }}
            as claimed_value_click_through_reporting_micros,
        cast(summed.value_view_through_micros as bigint)
            as claimed_value_view_through_account_micros,
        'account_day' as conversion_day_basis,
        cast(summed.clicks_destination as double) / nullif(summed.impressions, 0) as ctr,
        cast({{ converted('summed.spend_account_micros', 'fx_rates.rate') }} as double)
        / 1000000 / nullif(summed.clicks_destination, 0) as cost_per_destination_click,
        coalesce(complete_days.is_complete, false) as is_complete,
        summed.pulled_at,
        summed.sandbox
    from summed
    -- inner, n:1: every fact belongs to a pulled account
    inner join accounts
        on summed.platform = accounts.platform and summed.account_id = accounts.account_id
    -- left, n:1: a campaign without a known name keeps its facts
    left join campaign_names
        on
            summed.platform = campaign_names.platform
            and summed.account_id = campaign_names.account_id
            and summed.campaign_id = campaign_names.campaign_id
    -- left, n:1: a missing rate stays null, and the audit refuses the product
    left join fx_rates
        on
            accounts.account_currency = fx_rates.from_currency
            and summed.reporting_day = fx_rates.rate_date
            and fx_rates.to_currency = '{{ var("reporting_currency") }}'
    -- left, n:1: a day that was never looked at is not complete
    left join complete_days
        on
            summed.platform = complete_days.platform
            and summed.account_id = complete_days.account_id
            and summed.reporting_day = complete_days.reporting_day
)

select * from campaign_performance
