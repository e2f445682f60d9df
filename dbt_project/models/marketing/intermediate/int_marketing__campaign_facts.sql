-- grain: one row per platform, account, campaign and reporting day with any fact
with claims as (
    select
        platform,
        account_id,
        campaign_id,
        account_day as reporting_day,
        {% for event in ['purchase', 'lead'] -%}
            sum(click_through) filter (where event = '{{ event }}') as {{ event }}s_click_through,
            sum(engaged_view) filter (where event = '{{ event }}') as {{ event }}s_engaged_view,
            sum(view_through) filter (where event = '{{ event }}') as {{ event }}s_view_through,
            sum(value_click_through_micros) filter (where event = '{{ event }}')
                as {{ event }}_value_micros,
            max(definition_ids) filter (where event = '{{ event }}') as {{ event }}s_definition,
        {% endfor -%}
        sum(click_through) as conversions_click_through,
        sum(engaged_view) as conversions_engaged_view,
        sum(value_click_through_micros) as value_click_through_micros
    from {{ ref('int_marketing__campaign_claims') }}
    group by platform, account_id, campaign_id, reporting_day
),

-- The platforms' figures that no event splits: one row of its own per campaign and account day.
days as (
    select
        platform,
        account_id,
        campaign_id,
        account_day as reporting_day,
        conversions_view_through,
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
        sum(conversions) filter (where event = 'purchase') as purchases,
        sum(value_micros) filter (where event = 'purchase') as purchase_value_micros,
        sum(conversions) filter (where event = 'lead') as leads
    from {{ ref('int_marketing__aligned_days') }}
    group by platform, account_id, campaign_id, reporting_day
),

-- An account's sum that none of its campaigns show.
residuals as (
    select
        platform,
        account_id,
        '(residual)' as campaign_id,
        account_day as reporting_day,
        impressions,
        clicks as clicks_destination,
        spend_micros as spend_account_micros,
        conversions_click_through,
        conversions_view_through
    from {{ ref('int_marketing__account_residuals') }}
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
        true as is_delivery
    from {{ ref('int_marketing__campaign_delivery') }}
    union all by name
    select
        platform,
        account_id,
        campaign_id,
        reporting_day,
        purchases_click_through as claimed_purchases_click_through,
        purchases_engaged_view as claimed_purchases_engaged_view,
        purchases_view_through as claimed_purchases_view_through,
        purchase_value_micros as claimed_purchase_value_micros,
        purchases_definition as claimed_purchases_definition,
        leads_click_through as claimed_leads_click_through,
        leads_engaged_view as claimed_leads_engaged_view,
        leads_view_through as claimed_leads_view_through,
        leads_definition as claimed_leads_definition,
        conversions_click_through as claimed_conversions_click_through,
        conversions_engaged_view as claimed_conversions_engaged_view,
        value_click_through_micros as claimed_value_micros
    from claims
    union all by name
    select
        platform,
        account_id,
        campaign_id,
        reporting_day,
        conversions_view_through as claimed_conversions_view_through,
        platform_comparable_conversions,
        reach
    from days
    union all by name
    select
        platform,
        account_id,
        campaign_id,
        reporting_day,
        purchases as aligned_purchases,
        purchase_value_micros as aligned_purchase_value_micros,
        leads as aligned_leads
    from aligned
    union all by name
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
    union all by name
    select
        platform,
        account_id,
        campaign_id,
        reporting_day,
        impressions,
        clicks_destination,
        spend_account_micros,
        conversions_click_through as claimed_conversions_click_through,
        conversions_view_through as claimed_conversions_view_through,
        true as is_delivery
    from residuals
),

campaign_facts as (
    select
        platform,
        account_id,
        campaign_id,
        reporting_day,
        bool_or(coalesce(is_delivery, false)) as has_delivery,
        max(claimed_purchases_definition) as claimed_purchases_definition,
        max(claimed_leads_definition) as claimed_leads_definition,
        {% set measures = [
            'impressions', 'clicks_destination', 'clicks_all', 'spend_account_micros',
            'claimed_purchases_click_through', 'claimed_purchases_engaged_view',
            'claimed_purchases_view_through', 'claimed_purchase_value_micros',
            'claimed_leads_click_through', 'claimed_leads_engaged_view',
            'claimed_leads_view_through', 'claimed_conversions_click_through',
            'claimed_conversions_engaged_view', 'claimed_conversions_view_through',
            'claimed_value_micros', 'platform_comparable_conversions', 'aligned_purchases',
            'aligned_purchase_value_micros', 'aligned_leads', 'observed_sessions',
            'observed_engaged_sessions', 'observed_purchases',
            'observed_purchase_value_reporting_micros', 'observed_leads', 'reach'
        ] -%}
    {% for measure in measures -%}
        sum({{ measure }}) as {{ measure }}{{ ',' if not loop.last }}
    {% endfor %}
    from stacked
    group by platform, account_id, campaign_id, reporting_day
)

select * from campaign_facts
