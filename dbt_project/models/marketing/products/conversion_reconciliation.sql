-- grain: one row per platform, account, campaign, week and canonical event
with campaign_performance as (
    select * from {{ ref('campaign_performance') }}
    where not is_residual
),

fx_rates as (
    select * from {{ source('finance', 'fx_rates') }}
),

{% set steps = ['claimed', 'clicked', 'windowed', 'dated', 'resolved'] -%}
claims as (
    select
        claims.platform,
        claims.account_id,
        claims.campaign_id,
        claims.event,
        claims.account_day as day,
        claims.windowed_value_micros as windowed_value_account,
        claims.dated_value_micros as dated_value_account,
    {% for step in steps -%}
        claims.{{ step }},
        {{ converted('claims.' ~ step ~ '_value_micros', 'fx_rates.rate') }}
            as {{ step }}_value{{ ',' if not loop.last }}
    {% endfor %}
    from {{ ref('int_marketing__reconciled_claims') }} as claims
    -- inner, n:1: every claim belongs to a pulled account
    inner join {{ ref('int_marketing__accounts') }} as accounts
        on claims.platform = accounts.platform and claims.account_id = accounts.account_id
    -- left, n:1: a missing rate stays null, and the audit refuses the product
    left join fx_rates
        on
            accounts.account_currency = fx_rates.from_currency
            and claims.account_day = fx_rates.rate_date
            and fx_rates.to_currency = '{{ var("reporting_currency") }}'
),

-- The same conversions that the aligned figures share out among the company's days.
aligned_conversions as (
    select
        conversions.platform,
        conversions.account_id,
        conversions.campaign_id,
        conversions.event,
        conversions.account_day as day,
        conversions.conversions as amount,
        {{ converted('conversions.value_micros', 'fx_rates.rate') }} as worth
    from {{ ref('int_marketing__aligned_conversions') }} as conversions
    -- inner, n:1: what is aligned belongs to a pulled account
    inner join {{ ref('int_marketing__accounts') }} as accounts
        on
            conversions.platform = accounts.platform
            and conversions.account_id = accounts.account_id
    -- left, n:1: a missing rate stays null, and the audit refuses the product
    left join fx_rates
        on
            accounts.account_currency = fx_rates.from_currency
            and conversions.account_day = fx_rates.rate_date
            and fx_rates.to_currency = '{{ var("reporting_currency") }}'
),

days as (
    {% for event in ['purchase', 'lead'] -%}
        select
            performance.platform,
            performance.account_id,
            performance.campaign_id,
            performance.campaign_name,
            performance.account_name,
            performance.reporting_currency,
            '{{ event }}' as event,
            performance.reporting_day as day,
            performance.clicks_destination,
            performance.observed_sessions,
            performance.observed_state,
            performance.is_complete,
            performance.is_final,
            performance.aligned_{{ event }}s_verdict as aligned_verdict,
            performance.aligned_{{ event }}s_note as aligned_note,
            performance.aligned_{{ event }}s as aligned,
            performance.observed_{{ event }}s as observed,
            coalesce(on_account_days.amount, 0) as by_account_day,
            {% if event == 'purchase' -%}
                performance.aligned_purchase_value_reporting_micros as aligned_value,
                performance.observed_purchase_value_reporting_micros as observed_value,
                coalesce(on_account_days.worth, 0) as by_account_day_value,
            {% else -%}
                cast(null as bigint) as aligned_value,
                cast(null as bigint) as observed_value,
                cast(null as bigint) as by_account_day_value,
            {% endif -%}
            {% for step in steps -%}
                coalesce(claims.{{ step }}, 0) as {{ step }},
                {% if event == 'purchase' -%}
                    coalesce(claims.{{ step }}_value, 0) as {{ step }}_value,
                {% else -%}
                    cast(null as bigint) as {{ step }}_value,
                {% endif -%}
            {% endfor -%}
            {% if event == 'purchase' -%}
                coalesce(claims.windowed_value_account, 0) as windowed_value_account,
                coalesce(claims.dated_value_account, 0) as dated_value_account,
            {% else -%}
                cast(null as bigint) as windowed_value_account,
                cast(null as bigint) as dated_value_account,
            {% endif -%}
            performance.sandbox
        from campaign_performance as performance
        -- left, 1:1: most days have no claim of this event
        left join claims
            on
                performance.platform = claims.platform
                and performance.account_id = claims.account_id
                and performance.campaign_id = claims.campaign_id
                and performance.reporting_day = claims.day
                and claims.event = '{{ event }}'
        -- left, 1:1: nor any conversion that can be aligned
        left join aligned_conversions as on_account_days
            on
                performance.platform = on_account_days.platform
                and performance.account_id = on_account_days.account_id
                and performance.campaign_id = on_account_days.campaign_id
                and performance.reporting_day = on_account_days.day
                and on_account_days.event = '{{ event }}'
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

booked_orders as (
    select
        *,
        cast(date_trunc('week', reporting_day) as date) as week
    from {{ ref('int_marketing__booked_orders') }}
    where sales_channel = 'web'
),

booked as (
    select
        platform,
        account_id,
        campaign_id,
        week,
        'purchase' as event,
        count(*) as booked,
        {{ whole_sum('net_reporting_micros') }} as booked_value,
        {{ whole_sum('refunded_reporting_micros') }} as refunded_value
    from booked_orders
    where campaign_id is not null
    group by platform, account_id, campaign_id, week
),

booked_weeks as (
    select
        week,
        'purchase' as event,
        count(*) as booked_anywhere
    from booked_orders
    group by week
),

weeks as (
    select
        platform,
        account_id,
        campaign_id,
        event,
        cast(date_trunc('week', day) as date) as week,
        max(account_name) as account_name,
        max(campaign_name) as campaign_name,
        max(reporting_currency) as reporting_currency,
        max(aligned_verdict) as aligned_verdict,
        max(aligned_note) as aligned_note,
        bool_and(is_complete) as is_complete,
        bool_and(is_final) as is_final,
        sum(clicks_destination) as clicks,
        sum(observed_sessions) as sessions,
        count(observed) > 0 as is_observed,
        -- a week of which one day cannot be aligned is not aligned
        bool_and(aligned is not null or not is_complete) and count(aligned) > 0 as is_aligned,
        {% for suffix in ['', '_value'] -%}
            {% for step in steps -%}
                sum({{ step }}{{ suffix }}) as {{ step }}{{ suffix }},
            {% endfor -%}
            sum(aligned{{ suffix }}) as aligned{{ suffix }},
            coalesce(sum(observed{{ suffix }}), 0) as observed{{ suffix }},
            coalesce(
                sum(aligned{{ suffix }}) filter (
                    where observed_state in ('absent', 'not_yet', 'suppressed')
                ),
                0
            ) as unseen{{ suffix }},
            coalesce(sum(aligned{{ suffix }}) filter (where observed_state = 'unmatched'), 0)
                as untagged{{ suffix }},
            sum(by_account_day{{ suffix }}) as by_account_day{{ suffix }},
        {% endfor -%}
        sum(windowed_value_account) as windowed_value_account,
        sum(dated_value_account) as dated_value_account,
        bool_or(sandbox) as sandbox
    from days
    group by platform, account_id, campaign_id, event, cast(date_trunc('week', day) as date)
),

-- What would come of the other date if money had not changed its worth between the two.
priced as (
    select
        *,
        cast(
            round(
                (windowed_value_account - dated_value_account) * coalesce(
                    windowed_value / nullif(windowed_value_account, 0),
                    dated_value / nullif(dated_value_account, 0),
                    0
                )
            ) as bigint
        ) as moved_value
    from weeks
),

-- In a week that finance has published, a campaign without an order has booked none.
with_booked as (
    select
        priced.*,
        case when booked_weeks.week is not null then coalesce(booked.booked, 0) end as booked,
        case when booked_weeks.week is not null then coalesce(booked.booked_value, 0) end
            as booked_value,
        case when booked_weeks.week is not null then coalesce(booked.refunded_value, 0) end
            as refunded_value,
        1 - coalesce(sum(booked.booked) over (partition by priced.week), 0)
        / cast(booked_weeks.booked_anywhere as double) as booked_elsewhere
    from priced
    -- left, n:1: leads are not booked, and finance may not have read a week yet
    left join booked_weeks
        on
            priced.week = booked_weeks.week
            and priced.event = booked_weeks.event
    -- left, 1:1: most campaigns book nothing in most weeks
    left join booked
        on
            priced.platform = booked.platform
            and priced.account_id = booked.account_id
            and priced.campaign_id = booked.campaign_id
            and priced.week = booked.week
            and priced.event = booked.event
),

{% set causes = [
    'view_through', 'window', 'date_basis', 'alias', 'credit_rule', 'late_data', 'missing_utm',
    'time_zone_edge', 'consent'
] -%}
explained as (
    select
        *,
    {% for suffix, prefix in [('', ''), ('_value', 'value_')] -%}
        claimed{{ suffix }} - clicked{{ suffix }} as {{ prefix }}cause_view_through,
        case when is_aligned then clicked{{ suffix }} - windowed{{ suffix }} else 0 end
            as {{ prefix }}cause_window,
        {% if suffix -%}
            case when is_aligned then moved_value else 0 end as value_cause_date_basis,
            case when is_aligned then windowed_value - dated_value - moved_value else 0 end
                as value_cause_currency,
        {% else -%}
            case when is_aligned then windowed - dated else 0 end as cause_date_basis,
        {% endif -%}
        case when is_aligned then dated{{ suffix }} - resolved{{ suffix }} else 0 end
            as {{ prefix }}cause_alias,
        case when is_aligned then resolved{{ suffix }} - by_account_day{{ suffix }} else 0 end
            as {{ prefix }}cause_credit_rule,
        case when is_aligned then by_account_day{{ suffix }} - aligned{{ suffix }} else 0 end
            as {{ prefix }}cause_time_zone_edge,
        case when is_aligned then unseen{{ suffix }} else 0 end as {{ prefix }}cause_late_data,
        case when is_aligned then untagged{{ suffix }} else 0 end as {{ prefix }}cause_missing_utm,
        -- People who refuse consent are missing in sessions as they are in orders: of the clicks
        -- that became no session, as much as is still unexplained.
        case
            when is_aligned and clicks > 0 and sessions is not null
                then greatest(
                    0,
                    least(
                        (aligned{{ suffix }} - unseen{{ suffix }} - untagged{{ suffix }})
                        * (1 - least(1, sessions / cast(clicks as double))),
                        aligned{{ suffix }} - unseen{{ suffix }} - untagged{{ suffix }}
                        - observed{{ suffix }}
                    )
                    )
            else 0
        end as {{ prefix }}cause_consent{{ ',' if not loop.last }}
    {% endfor %}
    from with_booked
    where claimed <> 0 or coalesce(aligned, 0) <> 0 or observed <> 0 or booked <> 0
),

conversion_reconciliation as (
    select
        platform,
        account_id,
        account_name,
        campaign_id,
        campaign_name,
        week,
        event,
        reporting_currency,
        is_complete,
        is_final,
        is_observed,
        aligned_verdict,
        aligned_note,
        {% for suffix, prefix, type in [('', '', 'double'), ('_value', 'value_', 'bigint')] -%}
            cast(claimed{{ suffix }} as {{ type }}) as {{ prefix }}claimed,
            cast(case when is_aligned then aligned{{ suffix }} end as {{ type }})
                as {{ prefix }}aligned,
            cast(case when is_observed then observed{{ suffix }} end as {{ type }})
                as {{ prefix }}observed,
            cast(booked{{ suffix }} as {{ type }}) as {{ prefix }}booked,
            cast(claimed{{ suffix }} - observed{{ suffix }} as {{ type }})
                as {{ prefix }}difference,
            {% for cause in causes + (['currency'] if suffix else []) -%}
                cast({{ prefix }}cause_{{ cause }} as {{ type }}) as {{ prefix }}cause_{{ cause }},
            {% endfor -%}
            cast(
                cast(claimed{{ suffix }} - observed{{ suffix }} as {{ type }})
                {% for cause in causes + (['currency'] if suffix else []) -%}
                    - cast({{ prefix }}cause_{{ cause }} as {{ type }})
                {% endfor %}
                as {{ type }}
            ) as {{ prefix }}cause_unexplained,
        {% endfor -%}
        cast(refunded_value as bigint) as value_refunded,
        booked_elsewhere,
        sandbox
    from explained
)

select * from conversion_reconciliation
