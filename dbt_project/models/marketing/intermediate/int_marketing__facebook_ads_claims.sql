-- grain: one row per account, account-local day, level (campaign or ad), entity and canonical event
with reported as (
    select
        account_id,
        account_day,
        'campaign' as entity_kind,
        campaign_id as entity_id,
        unnest(actions) as reported_action,
        false as is_value
    from {{ ref('stg_facebook_ads__campaign_day') }}
    union all
    select
        account_id,
        account_day,
        'campaign' as entity_kind,
        campaign_id as entity_id,
        unnest(action_values) as reported_action,
        true as is_value
    from {{ ref('stg_facebook_ads__campaign_day') }}
    union all
    select
        account_id,
        account_day,
        'ad' as entity_kind,
        ad_id as entity_id,
        unnest(actions) as reported_action,
        false as is_value
    from {{ ref('stg_facebook_ads__ad_day') }}
    union all
    select
        account_id,
        account_day,
        'ad' as entity_kind,
        ad_id as entity_id,
        unnest(action_values) as reported_action,
        true as is_value
    from {{ ref('stg_facebook_ads__ad_day') }}
),

aliases (event, action_type, precedence) as (
    values
    ('purchase', 'omni_purchase', 1),
    ('purchase', 'purchase', 2),
    ('purchase', 'offsite_conversion.fb_pixel_purchase', 3),
    ('lead', 'lead', 1),
    ('lead', 'onsite_conversion.lead_grouped', 2),
    ('lead', 'offsite_conversion.fb_pixel_lead', 3)
),

by_precedence as (
    select
        reported.account_id,
        reported.account_day,
        reported.entity_kind,
        reported.entity_id,
        reported.is_value,
        aliases.event,
        coalesce(reported.reported_action.click_7d, 0) as click_through,
        coalesce(reported.reported_action.view_1d, 0) as view_through,
        row_number() over (
            partition by
                reported.account_id,
                reported.account_day,
                reported.entity_kind,
                reported.entity_id,
                reported.is_value,
                aliases.event
            order by aliases.precedence
        ) as choice
    from reported
    -- inner, n:1: one event comes under several names; other actions are not conversions
    inner join aliases on reported.reported_action.action_type = aliases.action_type
),

claims as (
    select
        account_id,
        account_day,
        entity_kind,
        entity_id,
        event,
        coalesce(sum(click_through) filter (where not is_value), 0)
            as conversions_click_through,
        coalesce(sum(view_through) filter (where not is_value), 0) as conversions_view_through,
        {{ to_micros('coalesce(sum(click_through) filter (where is_value), 0)') }}
            as value_click_through_micros,
        {{ to_micros('coalesce(sum(view_through) filter (where is_value), 0)') }}
            as value_view_through_micros
    from by_precedence
    where choice = 1
    group by account_id, account_day, entity_kind, entity_id, event
)

select * from claims
