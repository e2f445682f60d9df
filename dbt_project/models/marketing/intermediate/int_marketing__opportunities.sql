-- grain: one row per org and opportunity that stands, in its newest version
with newest_first as (
    select
        *,
        row_number() over (
            partition by account_id, opportunity_id
            order by modified_at desc, account_day desc
        ) as recency
    from {{ ref('stg_salesforce__opportunity') }}
),

orgs as (
    select
        account_id,
        arg_max(account_currency, pulled_at) as org_currency,
        arg_max(sandbox, pulled_at) as sandbox
    from {{ ref('stg_salesforce__pulls') }}
    group by account_id
),

fx_rates as (
    select * from {{ source('finance', 'fx_rates') }}
),

standing as (
    select
        newest_first.*,
        orgs.sandbox,
        coalesce(newest_first.currency, orgs.org_currency) as amount_currency,
        -- What is closed is worth what it was on that day, what is open what it was at first.
        case
            when newest_first.is_closed then newest_first.close_date
            else cast(newest_first.created_at as date)
        end as rate_date
    from newest_first
    -- inner, n:1: every record belongs to a pulled org
    inner join orgs on newest_first.account_id = orgs.account_id
    where newest_first.recency = 1 and not newest_first.is_deleted
),

opportunities as (
    select
        standing.account_id,
        standing.opportunity_id,
        standing.created_at,
        standing.stage,
        standing.is_closed,
        standing.is_won,
        {{ cohort_week('standing.created_at') }} as created_week,
        standing.close_date,
        standing.amount_micros is not null as has_amount,
        case
            when standing.amount_micros is null then 0
            else {{ converted('standing.amount_micros', 'fx_rates.rate') }}
        end as amount_reporting_micros,
        standing.sandbox
    from standing
    -- left, n:1: a missing rate stays null, and the audit refuses the product
    left join fx_rates
        on
            standing.amount_currency = fx_rates.from_currency
            and standing.rate_date = fx_rates.rate_date
            and fx_rates.to_currency = '{{ var("reporting_currency") }}'
)

select * from opportunities
