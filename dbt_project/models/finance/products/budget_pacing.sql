-- grain: one row per month and channel that was budgeted or spent on
{% set over, under = 1.05, 0.85 -%}
with budgets as (
    select * from {{ ref('int_finance__budgets') }}
),

channel_days as (
    select
        platform as channel,
        reporting_day,
        cast(date_trunc('month', reporting_day) as date) as month,
        bool_and(is_complete) as is_complete,
        coalesce(sum(spend_reporting_micros), 0) as spend_reporting_micros
    from {{ source('marketing', 'campaign_performance') }}
    group by platform, reporting_day
),

spent as (
    select
        month,
        channel,
        sum(spend_reporting_micros) as spend_reporting_micros,
        sum(case when is_complete then spend_reporting_micros else 0 end)
            as known_spend_reporting_micros,
        count(*) filter (where is_complete) as days_known,
        max(case when is_complete then reporting_day end) as last_known_day
    from channel_days
    group by month, channel
),

origin as (
    select bool_or(sandbox) as sandbox
    from {{ ref('int_finance__ledger_days') }}
),

-- full: a channel that was not budgeted, and a month that has not begun
together as (
    select
        coalesce(budgets.month, spent.month) as month,
        coalesce(budgets.channel, spent.channel) as channel,
        budgets.budget_reporting_micros,
        coalesce(spent.spend_reporting_micros, 0) as spend_reporting_micros,
        coalesce(spent.known_spend_reporting_micros, 0) as known_spend_reporting_micros,
        coalesce(spent.days_known, 0) as days_known,
        spent.last_known_day,
        day(last_day(coalesce(budgets.month, spent.month))) as days_in_month
    from budgets
    full outer join spent
        on
            budgets.month = spent.month
            and budgets.channel = spent.channel
),

projected as (
    select
        *,
        -- an estimate, so the only money that is divided
        case
            when days_known = days_in_month then known_spend_reporting_micros
            when days_known > 0
                then cast(
                    round(
                        cast(known_spend_reporting_micros as double)
                        * days_in_month / days_known
                    ) as bigint
                )
        end as projected_spend_reporting_micros
    from together
),

judged as (
    select
        *,
        cast(spend_reporting_micros as double)
        / nullif(budget_reporting_micros, 0) as spent_share,
        cast(projected_spend_reporting_micros as double)
        / nullif(budget_reporting_micros, 0) as projected_share
    from projected
),

budget_pacing as (
    select
        judged.month,
        judged.channel,
        '{{ var("reporting_currency") }}' as reporting_currency,
        judged.budget_reporting_micros,
        cast(judged.spend_reporting_micros as bigint) as spend_reporting_micros,
        cast(judged.projected_spend_reporting_micros as bigint)
            as projected_spend_reporting_micros,
        cast(judged.days_in_month as integer) as days_in_month,
        cast(judged.days_known as integer) as days_known,
        judged.last_known_day,
        judged.spent_share,
        judged.projected_share,
        case
            when judged.budget_reporting_micros is null then 'no_budget'
            when judged.days_known = 0 then 'no_spend_known'
            when judged.spend_reporting_micros > judged.budget_reporting_micros then 'exceeded'
            when judged.projected_share > {{ over }} then 'heading_over'
            when judged.projected_share < {{ under }} then 'heading_under'
            else 'on_track'
        end as status,
        judged.spend_reporting_micros > coalesce(judged.budget_reporting_micros, 0)
        or coalesce(judged.projected_share > {{ over }}, false) as is_alert,
        origin.sandbox
    from judged
    cross join origin
)

select * from budget_pacing
