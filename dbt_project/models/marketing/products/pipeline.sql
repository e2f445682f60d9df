-- grain: one row per platform, account and campaign that leads came from, and week of creation
with leads as (
    select * from {{ ref('int_marketing__leads') }}
),

opportunities as (
    select * from {{ ref('int_marketing__opportunities') }}
),

-- An opportunity belongs to the lead it was made of; one that sales opened itself has none.
deals as (
    select
        coalesce(leads.platform, '(none)') as platform,
        coalesce(leads.account_id, '(none)') as account_id,
        coalesce(leads.campaign_id, '(none)') as campaign_id,
        coalesce(leads.cohort_week, opportunities.created_week) as cohort_week,
        leads.lead_id is not null as is_lead,
        leads.matched_by,
        leads.is_converted,
        opportunities.opportunity_id is not null as is_opportunity,
        coalesce(opportunities.is_won, false) as is_won,
        coalesce(opportunities.is_closed, false) and not opportunities.is_won as is_lost,
        opportunities.opportunity_id is not null and not opportunities.is_closed as is_open,
        opportunities.opportunity_id is not null and not opportunities.has_amount
            as is_without_amount,
        opportunities.amount_reporting_micros
    from leads
    -- full, 1:1: most leads become no opportunity, and some opportunities came from no lead
    full outer join opportunities
        on
            leads.org_id = opportunities.account_id
            and leads.opportunity_id = opportunities.opportunity_id
),

cohorts as (
    select
        platform,
        account_id,
        campaign_id,
        cohort_week,
        count(*) filter (where is_lead) as leads,
        count(*) filter (where matched_by in ('google_ads_id', 'utm_id')) as leads_matched_by_id,
        count(*) filter (where matched_by = 'utm_campaign') as leads_matched_by_tag,
        count(*) filter (where is_lead and is_converted) as leads_converted,
        count(*) filter (where is_opportunity) as opportunities,
        count(*) filter (where is_open) as opportunities_open,
        count(*) filter (where is_won) as opportunities_won,
        count(*) filter (where is_lost) as opportunities_lost,
        count(*) filter (where is_without_amount) as opportunities_without_amount,
        {{ whole_sum_where('amount_reporting_micros', 'is_open') }} as amount_open_reporting_micros,
        {{ whole_sum_where('amount_reporting_micros', 'is_won') }} as amount_won_reporting_micros,
        {{ whole_sum_where('amount_reporting_micros', 'is_lost') }} as amount_lost_reporting_micros
    from deals
    group by platform, account_id, campaign_id, cohort_week
),

campaign_names as (
    select * from {{ ref('int_marketing__campaign_names') }}
),

known as (
    select
        cast(max(pulled_at) as date) as known_on,
        bool_or(sandbox) as sandbox
    from {{ ref('stg_salesforce__pulls') }}
),

pipeline as (
    select
        cohorts.platform,
        cohorts.account_id,
        cohorts.campaign_id,
        campaign_names.campaign_name,
        cohorts.cohort_week,
        '{{ var("reporting_currency") }}' as reporting_currency,
        cohorts.leads,
        cohorts.leads_matched_by_id,
        cohorts.leads_matched_by_tag,
        cohorts.leads_converted,
        cohorts.opportunities,
        cohorts.opportunities_open,
        cohorts.opportunities_won,
        cohorts.opportunities_lost,
        cohorts.opportunities_without_amount,
        cohorts.amount_open_reporting_micros,
        cohorts.amount_won_reporting_micros,
        cohorts.amount_lost_reporting_micros,
        cast(cohorts.leads_converted as double) / nullif(cohorts.leads, 0) as lead_to_opportunity,
        cast(cohorts.opportunities_won as double)
        / nullif(cohorts.opportunities_won + cohorts.opportunities_lost, 0) as opportunity_to_won,
        -- Leads are worked on for a quarter; what is open is never final.
        cohorts.opportunities_open = 0
        and cohorts.cohort_week + 7 + 90 <= known.known_on as is_final,
        known.sandbox
    from cohorts
    cross join known
    -- left, n:1: a campaign without a known name keeps its leads
    left join campaign_names
        on
            cohorts.platform = campaign_names.platform
            and cohorts.account_id = campaign_names.account_id
            and cohorts.campaign_id = campaign_names.campaign_id
)

select * from pipeline
