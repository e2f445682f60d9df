-- grain: one row per platform, account, campaign and reporting day
with spine as (
    select * from {{ ref('int_marketing__campaign_spine') }}
),

facts as (
    select * from {{ ref('int_marketing__campaign_facts') }}
),

accounts as (
    select * from {{ ref('int_marketing__accounts') }}
),

taxonomy as (
    select * from {{ ref('int_marketing__campaign_taxonomy') }}
),

known_days as (
    select * from {{ ref('int_marketing__complete_days') }}
),

observation_days as (
    select * from {{ ref('int_marketing__observation_days') }}
),

matched_months as (
    select * from {{ ref('int_marketing__matched_months') }}
),

alignments as (
    select * from {{ ref('int_marketing__alignments') }}
),

finality as (
    select * from {{ ref('int_marketing__finality') }}
),

fx_rates as (
    select * from {{ source('finance', 'fx_rates') }}
),

placed as (
    select
        spine.*,
        -- RF02: the linter takes the columns that are left out for references
        facts.* exclude (platform, account_id, campaign_id, reporting_day),  -- noqa: RF02
        coalesce(facts.has_delivery, false) as was_delivered,
        coalesce(known_days.knowledge, 'absent') as knowledge,
        known_days.pulled_at,
        known_days.sandbox,
        -- whether a figure may be missing: only of a day that is wholly known is none zero
        coalesce(known_days.knowledge, 'absent') = 'complete' as is_complete,
        case
            when observation_days.reporting_day is null then 'absent'
            when observation_days.knowledge <> 'complete' then observation_days.knowledge
            when matched_months.campaign_id is null then 'unmatched'
            when coalesce(facts.observed_sessions, 0) > 0 then 'reported'
            when observation_days.is_suppressed then 'suppressed'
            else 'zero'
        end as observed_state,
        coalesce(purchases.verdict, 'not_comparable') as aligned_purchases_verdict,
        coalesce(
            nullif(purchases.steps, ''), purchases.reason, 'the account counts no purchases'
        ) as aligned_purchases_note,
        coalesce(leads.verdict, 'not_comparable') as aligned_leads_verdict,
        coalesce(nullif(leads.steps, ''), leads.reason, 'the account counts no leads')
            as aligned_leads_note,
        purchases.definition_id as aligned_purchases_definition,
        leads.definition_id as aligned_leads_definition
    from spine
    -- left, 1:1: a day on which a running campaign did nothing
    left join facts
        on
            spine.platform = facts.platform
            and spine.account_id = facts.account_id
            and spine.campaign_id = facts.campaign_id
            and spine.reporting_day = facts.reporting_day
    -- left, n:1: a day that was never looked at is absent
    left join known_days
        on
            spine.platform = known_days.platform
            and spine.account_id = known_days.account_id
            and spine.reporting_day = known_days.reporting_day
    -- left, n:1: a company without web analytics observes nothing
    left join observation_days on spine.reporting_day = observation_days.reporting_day
    -- left, n:1: a campaign whose traffic is not tagged
    left join matched_months
        on
            spine.platform = matched_months.platform
            and spine.account_id = matched_months.account_id
            and spine.campaign_id = matched_months.campaign_id
            and date_trunc('month', spine.reporting_day) = matched_months.month
    -- left, n:1: an account that counts no such event
    left join alignments as purchases
        on
            spine.platform = purchases.platform
            and spine.account_id = purchases.account_id
            and purchases.canonical_metric_id = 'canonical.purchases'
            and spine.reporting_day >= purchases.valid_from
            and spine.reporting_day < purchases.valid_to
    -- left, n:1: likewise
    left join alignments as leads
        on
            spine.platform = leads.platform
            and spine.account_id = leads.account_id
            and leads.canonical_metric_id = 'canonical.leads'
            and spine.reporting_day >= leads.valid_from
            and spine.reporting_day < leads.valid_to
),

{% set counts = [
    'impressions', 'clicks_destination', 'spend_account_micros',
    'claimed_purchases_click_through', 'claimed_purchases_engaged_view',
    'claimed_purchase_value_micros', 'claimed_leads_click_through', 'claimed_leads_engaged_view',
    'claimed_conversions_click_through', 'claimed_conversions_engaged_view',
    'claimed_conversions_view_through', 'claimed_value_micros'
] -%}
-- Zero is what a wholly known day without a row means; of other days nothing is known.
zeroed as (
    select
        placed.* replace (
            {% for name in counts -%}
                case
                    when placed.is_complete or placed.{{ name }} is not null
                        then coalesce(placed.{{ name }}, 0)
                end as {{ name }},
            {% endfor -%}
            {% for event, name in [
                ('purchases', 'aligned_purchases'),
                ('purchases', 'aligned_purchase_value_micros'),
                ('leads', 'aligned_leads')
            ] -%}
                case
                    when
                        placed.aligned_{{ event }}_verdict <> 'not_comparable'
                        and (placed.is_complete or placed.{{ name }} is not null)
                        then coalesce(placed.{{ name }}, 0)
                end as {{ name }},
            {% endfor -%}
            {% for name in [
                'observed_sessions', 'observed_engaged_sessions', 'observed_purchases',
                'observed_purchase_value_reporting_micros', 'observed_leads'
            ] -%}
                case
                    when
                        placed.observed_state in ('reported', 'zero')
                        then coalesce(placed.{{ name }}, 0)
                    -- a row of orders without a session is no word on how many sessions there were
                    else nullif(placed.{{ name }}, 0)
                end as {{ name }}{{ ',' if not loop.last }}
            {% endfor %}
        )
    from placed
),

campaign_performance as (
    select
        zeroed.platform,
        zeroed.account_id,
        accounts.account_name,
        accounts.account_currency,
        accounts.account_time_zone,
        zeroed.campaign_id,
        taxonomy.campaign_name,
        taxonomy.channel_type,
        taxonomy.market,
        taxonomy.channel,
        taxonomy.objective,
        taxonomy.funnel_stage,
        zeroed.campaign_id = '(residual)' as is_residual,
        zeroed.reporting_day,
        '{{ var("reporting_currency") }}' as reporting_currency,
        case
            when not zeroed.is_complete then zeroed.knowledge
            when zeroed.was_delivered then 'reported'
            else 'zero'
        end as delivery_state,
        cast(zeroed.impressions as bigint) as impressions,
        cast(zeroed.clicks_destination as bigint) as clicks_destination,
        cast(zeroed.clicks_all as bigint) as clicks_all,
        cast(zeroed.spend_account_micros as bigint) as spend_account_micros,
        {{ converted('zeroed.spend_account_micros', 'fx_rates.rate') }} as spend_reporting_micros,
        fx_rates.rate as fx_rate,
        fx_rates.published_on as fx_published_on,
        case
            when zeroed.reach is not null
                then
                    {
                        'estimate': cast(zeroed.reach as bigint),
                        'holds_for': 'campaign and account day'
                    }
        end as reach,
        cast(zeroed.claimed_conversions_click_through as double)
            as claimed_conversions_click_through,
        cast(zeroed.claimed_conversions_engaged_view as double)
            as claimed_conversions_engaged_view,
        cast(zeroed.claimed_conversions_view_through as double)
            as claimed_conversions_view_through,
        cast(zeroed.claimed_value_micros as bigint)
            as claimed_value_click_through_account_micros,
        {{ converted('zeroed.claimed_value_micros', 'fx_rates.rate') }}
            as claimed_value_click_through_reporting_micros,
        cast(zeroed.claimed_purchases_click_through as double) as claimed_purchases_click_through,
        cast(zeroed.claimed_purchases_engaged_view as double) as claimed_purchases_engaged_view,
        cast(zeroed.claimed_purchases_view_through as double) as claimed_purchases_view_through,
        {{ converted('zeroed.claimed_purchase_value_micros', 'fx_rates.rate') }}
            as claimed_purchase_value_reporting_micros,
        zeroed.claimed_purchases_definition,
        cast(zeroed.claimed_leads_click_through as double) as claimed_leads_click_through,
        cast(zeroed.claimed_leads_engaged_view as double) as claimed_leads_engaged_view,
        cast(zeroed.claimed_leads_view_through as double) as claimed_leads_view_through,
        zeroed.claimed_leads_definition,
        cast(zeroed.platform_comparable_conversions as double) as platform_comparable_conversions,
        'account_day' as claimed_day_basis,
        cast(zeroed.aligned_purchases as double) as aligned_purchases,
        {{ converted('zeroed.aligned_purchase_value_micros', 'fx_rates.rate') }}
            as aligned_purchase_value_reporting_micros,
        zeroed.aligned_purchases_verdict,
        zeroed.aligned_purchases_note,
        zeroed.aligned_purchases_definition,
        cast(zeroed.aligned_leads as double) as aligned_leads,
        zeroed.aligned_leads_verdict,
        zeroed.aligned_leads_note,
        zeroed.aligned_leads_definition,
        zeroed.observed_state,
        cast(zeroed.observed_sessions as bigint) as observed_sessions,
        cast(zeroed.observed_engaged_sessions as bigint) as observed_engaged_sessions,
        cast(zeroed.observed_purchases as double) as observed_purchases,
        cast(zeroed.observed_purchase_value_reporting_micros as bigint)
            as observed_purchase_value_reporting_micros,
        cast(zeroed.observed_leads as double) as observed_leads,
        cast(zeroed.clicks_destination as double) / nullif(zeroed.impressions, 0) as ctr,
        cast({{ converted('zeroed.spend_account_micros', 'fx_rates.rate') }} as double)
        / 1000000 / nullif(zeroed.clicks_destination, 0) as cost_per_destination_click,
        cast(zeroed.observed_sessions as double) / nullif(zeroed.clicks_destination, 0)
            as sessions_per_click,
        zeroed.is_complete,
        cast(zeroed.reporting_day + 1 + coalesce(finality.final_after_days, 90) as date)
            as final_on,
        zeroed.is_complete and cast(zeroed.pulled_at as date)
        >= zeroed.reporting_day + 1 + coalesce(finality.final_after_days, 90) as is_final,
        zeroed.pulled_at,
        coalesce(zeroed.sandbox, accounts.sandbox) as sandbox
    from zeroed
    -- inner, n:1: every fact belongs to a pulled account
    inner join accounts
        on zeroed.platform = accounts.platform and zeroed.account_id = accounts.account_id
    -- left, n:1: a campaign without a known name keeps its facts
    left join taxonomy
        on
            zeroed.platform = taxonomy.platform
            and zeroed.account_id = taxonomy.account_id
            and zeroed.campaign_id = taxonomy.campaign_id
    -- left, n:1: an account whose settings are unknown is final after the longest window
    left join finality
        on zeroed.platform = finality.platform and zeroed.account_id = finality.account_id
    -- left, n:1: a missing rate stays null, and the audit refuses the product
    left join fx_rates
        on
            accounts.account_currency = fx_rates.from_currency
            and zeroed.reporting_day = fx_rates.rate_date
            and fx_rates.to_currency = '{{ var("reporting_currency") }}'
)

select * from campaign_performance
