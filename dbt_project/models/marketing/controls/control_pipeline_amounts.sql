-- grain: one row per week in which leads, or opportunities without a lead, were created
-- Every opportunity's amount at its own day's rate, whatever campaign its lead belongs to.
with versions as (
    select
        account_id,
        opportunity_id,
        max(modified_at) as modified_at
    from {{ ref('stg_salesforce__opportunity') }}
    group by account_id, opportunity_id
),

opportunities as (
    select distinct
        told.account_id,
        told.opportunity_id,
        told.created_at,
        told.is_closed,
        told.is_won,
        told.amount_micros,
        told.currency,
        case when told.is_closed then told.close_date else cast(told.created_at as date) end
            as rate_date
    from {{ ref('stg_salesforce__opportunity') }} as told
    -- inner, 1:1: the newest version alone
    inner join versions
        on
            told.account_id = versions.account_id
            and told.opportunity_id = versions.opportunity_id
            and told.modified_at = versions.modified_at
    where not told.is_deleted
),

leads as (
    select
        account_id,
        opportunity_id,
        max(created_at) as created_at
    from {{ ref('stg_salesforce__lead') }}
    where opportunity_id is not null
    group by account_id, opportunity_id
),

orgs as (
    select
        account_id,
        max_by(account_currency, pulled_at) as org_currency
    from {{ ref('stg_salesforce__pulls') }}
    group by account_id
),

priced as (
    select
        {{ cohort_week('coalesce(leads.created_at, opportunities.created_at)') }} as cohort_week,
        opportunities.is_closed,
        opportunities.is_won,
        cast(
            round(coalesce(opportunities.amount_micros, 0) * fx_rates.rate) as bigint
        ) as micros
    from opportunities
    inner join orgs on opportunities.account_id = orgs.account_id
    -- left, 1:1: some opportunities came from no lead
    left join leads
        on
            opportunities.account_id = leads.account_id
            and opportunities.opportunity_id = leads.opportunity_id
    -- left, n:1: a missing rate shows as a difference
    left join {{ source('finance', 'fx_rates') }} as fx_rates
        on
            coalesce(opportunities.currency, orgs.org_currency) = fx_rates.from_currency
            and opportunities.rate_date = fx_rates.rate_date
            and fx_rates.to_currency = '{{ var("reporting_currency") }}'
),

control_pipeline_amounts as (
    select
        cohort_week,
        coalesce(sum(micros) filter (where not is_closed), 0) as amount_open,
        coalesce(sum(micros) filter (where is_won), 0) as amount_won,
        coalesce(sum(micros) filter (where is_closed and not is_won), 0) as amount_lost
    from priced
    group by cohort_week
)

select * from control_pipeline_amounts
