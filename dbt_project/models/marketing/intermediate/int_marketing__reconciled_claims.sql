-- grain: one row per platform, account, campaign, account-local day and canonical event
with canonical_windows as (
    select
        replace(metric_id, 'canonical.', '') as events,
        click_window_days,
        date_basis
    from {{ source('metrics', 'metric_definitions') }}
    where metric_id in ('canonical.purchases', 'canonical.leads')
),

-- The action that an account counts first for an event; others count the same order once more.
main_actions as (
    select
        account_id,
        event,
        min(subject_id) as conversion_action_id
    from {{ source('metrics', 'metric_definitions') }}
    where metric_id = 'google_ads.action_conversions' and is_primary and valid_to is null
    group by account_id, event
),

google_split as (
    select
        conversions.account_id,
        conversions.campaign_id,
        conversions.account_day,
        conversions.event,
        conversions.date_basis = 'interaction' as by_interaction,
        conversions.date_basis = canonical_windows.date_basis as by_canonical_date,
        conversions.contact = 'INTERACTION' as is_click,
        coalesce(conversions.at_most_days <= canonical_windows.click_window_days, false)
            as in_window,
        conversions.conversion_action_id = main_actions.conversion_action_id as is_main,
        conversions.conversions as amount,
        conversions.conversions_value_micros as value_micros
    from {{ ref('int_marketing__google_ads_conversions') }} as conversions
    -- inner, n:1: other events have nothing to be reconciled with
    inner join canonical_windows on conversions.event || 's' = canonical_windows.events
    -- left, n:1: an account may count an event by no primary action
    left join main_actions
        on
            conversions.account_id = main_actions.account_id
            and conversions.event = main_actions.event
    where conversions.conversions <> 0
),

-- What is left after each step: the causes are the differences between neighbours.
google_ads as (
    select
        'google_ads' as platform,
        account_id,
        campaign_id,
        account_day,
        event,
    {% for measure, suffix in [('amount', ''), ('value_micros', '_value_micros')] -%}
        sum({{ measure }}) filter (where by_interaction) as claimed{{ suffix }},
        sum({{ measure }}) filter (where by_interaction and is_click) as clicked{{ suffix }},
        sum({{ measure }}) filter (where by_interaction and is_click and in_window)
            as windowed{{ suffix }},
        sum({{ measure }}) filter (where by_canonical_date and is_click and in_window)
            as dated{{ suffix }},
        sum({{ measure }}) filter (where by_canonical_date and is_click and in_window and is_main)
            as resolved{{ suffix }}{{ ',' if not loop.last }}
    {% endfor %}
    from google_split
    group by account_id, campaign_id, account_day, event
),

facebook_ads as (
    select
        'facebook_ads' as platform,
        account_id,
        entity_id as campaign_id,
        account_day,
        event,
        conversions_click_7d + conversions_view_1d as claimed,
        conversions_click_7d as clicked,
        conversions_click_7d as windowed,
        conversions_click_7d as dated,
        conversions_click_7d as resolved,
        value_click_7d_micros + value_view_1d_micros as claimed_value_micros,
        value_click_7d_micros as clicked_value_micros,
        value_click_7d_micros as windowed_value_micros,
        value_click_7d_micros as dated_value_micros,
        value_click_7d_micros as resolved_value_micros
    from {{ ref('int_marketing__facebook_ads_claims') }}
    where entity_kind = 'campaign'
),

reconciled_claims as (
    select * from google_ads
    union all by name
    select * from facebook_ads
)

select
    platform,
    account_id,
    campaign_id,
    account_day,
    event,
{% for step in ['claimed', 'clicked', 'windowed', 'dated', 'resolved'] -%}
    cast(coalesce({{ step }}, 0) as double) as {{ step }},
    cast(coalesce({{ step }}_value_micros, 0) as bigint)
        as {{ step }}_value_micros{{ ',' if not loop.last }}
{% endfor %}
from reconciled_claims
