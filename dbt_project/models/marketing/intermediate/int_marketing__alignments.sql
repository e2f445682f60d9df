-- grain: one row per platform, account, canonical metric and period of unchanged settings
with definitions as (
    select * from {{ source('metrics', 'metric_definitions') }}
),

canonical as (
    select * from definitions
    where platform = 'canonical'
),

alignments as (
    select
        sources.platform,
        sources.account_id,
        sources.canonical_metric_id,
        sources.definition_id,
        sources.metric_id,
        sources.subject_id,
        sources.date_basis,
        sources.valid_from,
        coalesce(sources.valid_to, date '9999-12-31') as valid_to,
        sources.aligned_verdict as verdict,
        sources.aligned_steps as steps,
        sources.aligned_reason as reason,
        canonical.click_window_days
    from definitions as sources
    -- inner, n:1: a source is chosen for a canonical metric that exists
    inner join canonical on sources.canonical_metric_id = canonical.metric_id
    where sources.is_aligned_source
)

select * from alignments
