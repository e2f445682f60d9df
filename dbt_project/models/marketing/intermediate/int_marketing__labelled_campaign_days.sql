-- grain: one row per platform, account, campaign and account-local day
with names as (
    select
        platform,
        account_id,
        entity_id as campaign_id,
        entity_name as campaign_name,
        is_latest,
        -- before anybody looked, a campaign is taken to have been what it was then
        case when version_number = 1 then date '1900-01-01' else valid_from end as holds_from,
        coalesce(
            lead(valid_from) over (
                partition by platform, account_id, entity_id order by valid_from
            ),
            date '9999-12-31'
        ) as holds_to
    from {{ ref('int_marketing__hierarchy') }}
    where entity_level = 'campaign'
),

labelled_campaign_days as (
    select
        days.platform,
        days.account_id,
        days.account_day,
        days.campaign_id,
        days.impressions,
        days.clicks,
        days.spend_micros,
        days.conversions_click_through,
        accounts.account_name,
        accounts.account_currency,
        accounts.account_time_zone,
        then_called.campaign_name,
        now_called.campaign_name as campaign_name_latest,
        fx_rates.rate as fx_rate
    from {{ ref('int_marketing__campaign_days') }} as days
    -- inner, n:1: every fact belongs to a pulled account
    inner join {{ ref('int_marketing__accounts') }} as accounts
        on days.platform = accounts.platform and days.account_id = accounts.account_id
    -- left, n:1: a campaign that was deleted before it was listed has no name
    left join names as then_called
        on
            days.platform = then_called.platform
            and days.account_id = then_called.account_id
            and days.campaign_id = then_called.campaign_id
            and days.account_day >= then_called.holds_from
            and days.account_day < then_called.holds_to
    -- left, n:1: likewise
    left join names as now_called
        on
            days.platform = now_called.platform
            and days.account_id = now_called.account_id
            and days.campaign_id = now_called.campaign_id
            and now_called.is_latest
    -- left, n:1: a missing rate stays null, and the audit refuses what needs it
    left join {{ source('finance', 'fx_rates') }} as fx_rates
        on
            accounts.account_currency = fx_rates.from_currency
            and days.account_day = fx_rates.rate_date
            and fx_rates.to_currency = '{{ var("reporting_currency") }}'
)

select * from labelled_campaign_days
