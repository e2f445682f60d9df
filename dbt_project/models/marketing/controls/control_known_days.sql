-- grain: one row per platform, account and reporting day that any pull knows something of
with complete_days as (
    select * from {{ ref('int_marketing__complete_days') }}
),

alignments as (
    select * from {{ ref('int_marketing__alignments') }}
),

control_known_days as (
    select
        complete_days.platform,
        complete_days.account_id,
        complete_days.reporting_day,
        complete_days.pulled_at,
        complete_days.knowledge = 'complete' as is_complete,
        -- an account that counts no such event has nothing to compare
        coalesce(
            max(
                case
                    when alignments.canonical_metric_id = 'canonical.purchases'
                        then alignments.verdict
                end
            ),
            'not_comparable'
        ) as aligned_purchases_verdict,
        coalesce(
            max(
                case
                    when alignments.canonical_metric_id = 'canonical.leads'
                        then alignments.verdict
                end
            ),
            'not_comparable'
        ) as aligned_leads_verdict,
        max(
            case
                when alignments.canonical_metric_id = 'canonical.purchases'
                    then alignments.definition_id
            end
        ) as aligned_purchases_definition,
        max(
            case
                when alignments.canonical_metric_id = 'canonical.leads'
                    then alignments.definition_id
            end
        ) as aligned_leads_definition
    from complete_days
    -- left, 1:n: at most one alignment per canonical metric is valid on a day
    left join alignments
        on
            complete_days.platform = alignments.platform
            and complete_days.account_id = alignments.account_id
            and complete_days.reporting_day >= alignments.valid_from
            and complete_days.reporting_day < alignments.valid_to
    group by
        complete_days.platform,
        complete_days.account_id,
        complete_days.reporting_day,
        complete_days.pulled_at,
        complete_days.knowledge
)

select * from control_known_days
