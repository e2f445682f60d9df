-- grain: one row per platform, account, campaign, account-local day and canonical event
{{ by_day() }}
with google_ads as (
    select
        'google_ads' as platform,
        account_id,
        account_day,
        campaign_id,
        event,
        sum(conversions) filter (where contact <> 'ENGAGED_VIEW') as click_through,
        coalesce(sum(conversions) filter (where contact = 'ENGAGED_VIEW'), 0) as engaged_view,
        -- which event followed a view is not said: see the campaign's own figure
        cast(null as double) as view_through,
        sum(conversions_value_micros) filter (where contact <> 'ENGAGED_VIEW')
            as value_click_through_micros,
        string_agg(distinct definition_id, ', ' order by definition_id) as definition_ids
    from {{ of_due_days(ref('int_marketing__google_ads_conversions'), 'google_ads') }}
    where date_basis = 'interaction' and conversions <> 0
    group by account_id, account_day, campaign_id, event
),

meta_definitions as (
    select
        account_id,
        event,
        definition_id
    from {{ source('metrics', 'metric_definitions') }}
    where
        metric_id in ('facebook_ads.purchases_click_7d', 'facebook_ads.leads_click_7d')
        and account_id <> ''
        and valid_to is null
),

facebook_ads as (
    select
        'facebook_ads' as platform,
        claims.account_id,
        claims.account_day,
        claims.entity_id as campaign_id,
        claims.event,
        cast(claims.conversions_click_7d as double) as click_through,
        cast(claims.conversions_engaged_view_1d as double) as engaged_view,
        cast(claims.conversions_view_1d as double) as view_through,
        claims.value_click_7d_micros as value_click_through_micros,
        meta_definitions.definition_id as definition_ids
    from {{ of_due_days(ref('int_marketing__facebook_ads_claims'), 'facebook_ads') }} as claims
    -- left, n:1: an account whose settings were never pulled keeps its claims
    left join meta_definitions
        on claims.account_id = meta_definitions.account_id and claims.event = meta_definitions.event
    where claims.entity_kind = 'campaign'
),

campaign_claims as (
    select
        platform,
        account_id,
        account_day,
        campaign_id,
        event,
        coalesce(click_through, 0) as click_through,
        engaged_view,
        view_through,
        cast(coalesce(value_click_through_micros, 0) as bigint) as value_click_through_micros,
        definition_ids
    from google_ads
    union all
    select
        platform,
        account_id,
        account_day,
        campaign_id,
        event,
        click_through,
        engaged_view,
        view_through,
        value_click_through_micros,
        definition_ids
    from facebook_ads
    where click_through <> 0 or engaged_view <> 0 or view_through <> 0
)

select * from campaign_claims
