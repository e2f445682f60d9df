-- grain: one row per platform, account, account-local day and campaign that is not final
with final_ages as (
    select
        platform,
        cast(ceil(max(final_after_days)) as integer) as final_age_days
    from {{ source('metrics', 'metric_definitions') }}
    where
        valid_to is null
        and account_id <> ''
        and (
            (platform = 'google_ads' and is_primary)
            or metric_id in ('facebook_ads.purchases_click_7d', 'facebook_ads.leads_click_7d')
        )
    group by platform
),

-- What was known last, in SQL: the estimates are made of it in Python.
control_conversion_estimates as (
    select
        restatements.platform,
        restatements.account_id,
        restatements.account_day,
        restatements.campaign_id,
        restatements.claimed_conversions,
        restatements.last_pulled_at as known_at,
        cast(floor(restatements.last_age_days) as bigint) as age_days,
        cast(final_ages.final_age_days as bigint) as final_age_days
    from {{ ref('restatements') }} as restatements
    -- inner, n:1: a platform whose numbers are not defined is not estimated
    inner join final_ages on restatements.platform = final_ages.platform
    where
        restatements.known_until is null
        and floor(restatements.last_age_days) between 0 and final_ages.final_age_days - 1
)

select * from control_conversion_estimates
