-- grain: one row per week in which leads, or opportunities without a lead, were created
-- Straight from the landed versions, whatever campaign they belong to.
with leads as (
    select
        account_id,
        lead_id,
        max_by(created_at, modified_at) as created_at,
        max_by(is_deleted, modified_at) as is_deleted,
        max_by(is_converted, modified_at) as is_converted,
        max_by(opportunity_id, modified_at) as opportunity_id,
        max_by(google_ads_campaign_id, modified_at) as google_ads_campaign_id
    from {{ ref('stg_salesforce__lead') }}
    group by account_id, lead_id
),

opportunities as (
    select
        account_id,
        opportunity_id,
        max_by(created_at, modified_at) as created_at,
        max_by(is_deleted, modified_at) as is_deleted,
        max_by(is_closed, modified_at) as is_closed,
        max_by(is_won, modified_at) as is_won
    from {{ ref('stg_salesforce__opportunity') }}
    group by account_id, opportunity_id
),

told as (
    select
        {{ cohort_week('created_at') }} as cohort_week,
        1 as leads,
        cast(is_converted as integer) as leads_converted,
        cast(google_ads_campaign_id is not null as integer) as leads_of_google_ads,
        0 as opportunities,
        0 as won,
        0 as lost
    from leads
    where not is_deleted
    union all
    select
        {{ cohort_week('coalesce(leads.created_at, opportunities.created_at)') }} as cohort_week,
        0 as leads,
        0 as leads_converted,
        0 as leads_of_google_ads,
        1 as opportunities,
        cast(opportunities.is_won as integer) as won,
        cast(opportunities.is_closed and not opportunities.is_won as integer) as lost
    from opportunities
    -- left, 1:1: some opportunities came from no lead
    left join leads
        on
            opportunities.account_id = leads.account_id
            and opportunities.opportunity_id = leads.opportunity_id
            and not leads.is_deleted
    where not opportunities.is_deleted
),

control_pipeline as (
    select
        cohort_week,
        sum(leads) as leads,
        sum(leads_converted) as leads_converted,
        sum(leads_of_google_ads) as leads_of_google_ads,
        sum(opportunities) as opportunities,
        sum(won) as opportunities_won,
        sum(lost) as opportunities_lost
    from told
    group by cohort_week
)

select * from control_pipeline
