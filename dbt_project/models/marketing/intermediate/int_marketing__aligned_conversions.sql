-- grain: one row per platform, account, campaign, account-local day and canonical event
{{ by_day() }}
with counts as (
    select * from {{ ref('int_marketing__alignments') }}
    where
        canonical_metric_id in ('canonical.purchases', 'canonical.leads')
        and verdict <> 'not_comparable'
),

google_ads as (
    select
        counts.platform,
        conversions.account_id,
        conversions.account_day,
        conversions.campaign_id,
        conversions.event,
        sum(conversions.all_conversions) as conversions,
        sum(conversions.all_conversions_value_micros) as value_micros
    from
        {{ of_due_days(ref('int_marketing__google_ads_conversions'), 'google_ads') }} as conversions
    -- inner, n:1: of an account's actions for the same event exactly one is the source
    inner join counts
        on
            counts.platform = 'google_ads'
            and conversions.account_id = counts.account_id
            and conversions.conversion_action_id = counts.subject_id
            and conversions.date_basis = counts.date_basis
            and conversions.account_day >= counts.valid_from
            and conversions.account_day < counts.valid_to
    where
        conversions.contact = 'INTERACTION'
        and conversions.at_most_days <= counts.click_window_days
    group by
        counts.platform,
        conversions.account_id,
        conversions.account_day,
        conversions.campaign_id,
        conversions.event
),

facebook_ads as (
    select
        counts.platform,
        claims.account_id,
        claims.account_day,
        claims.entity_id as campaign_id,
        claims.event,
        cast(
            case counts.click_window_days
                when 1 then claims.conversions_click_1d
                when 7 then claims.conversions_click_7d
                when 28 then claims.conversions_click_28d
            end as double
        ) as conversions,
        case counts.click_window_days
            when 1 then claims.value_click_1d_micros
            when 7 then claims.value_click_7d_micros
            when 28 then claims.value_click_28d_micros
        end as value_micros
    from {{ of_due_days(ref('int_marketing__facebook_ads_claims'), 'facebook_ads') }} as claims
    -- inner, n:1: what cannot be aligned stays out
    inner join counts
        on
            counts.platform = 'facebook_ads'
            and claims.account_id = counts.account_id
            and counts.canonical_metric_id = 'canonical.' || claims.event || 's'
            and claims.account_day >= counts.valid_from
            and claims.account_day < counts.valid_to
    where claims.entity_kind = 'campaign'
),

aligned_conversions as (
    select * from google_ads
    union all
    select * from facebook_ads
)

select * from aligned_conversions
