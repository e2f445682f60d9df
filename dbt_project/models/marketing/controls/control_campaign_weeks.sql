-- grain: one row per platform, account, campaign, week (from Monday) and canonical event
with campaign_performance as (
    select * from {{ ref('campaign_performance') }}
    where not is_residual
),

events as (
    {% for event in ['purchase', 'lead'] -%}
        select
            platform,
            account_id,
            campaign_id,
            reporting_day,
            is_complete,
            is_final,
            '{{ event }}' as event,
            aligned_{{ event }}s_verdict as aligned_verdict,
            aligned_{{ event }}s as aligned,
            {{ 'aligned_purchase_value_reporting_micros' if event == 'purchase'
                else 'cast(null as bigint)' }} as value_aligned
        from campaign_performance
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

control_campaign_weeks as (
    select
        platform,
        account_id,
        campaign_id,
        event,
        cast(date_trunc('week', reporting_day) as date) as week,
        count(*) filter (where not is_complete) = 0 as is_complete,
        count(*) filter (where not is_final) = 0 as is_final,
        max(aligned_verdict) as aligned_verdict,
        -- credit is fractional: rows of a week may be added in any order
        round(sum(aligned), 6) as aligned,
        cast(sum(value_aligned) as bigint) as value_aligned
    from events
    group by platform, account_id, campaign_id, event, date_trunc('week', reporting_day)
)

select * from control_campaign_weeks
