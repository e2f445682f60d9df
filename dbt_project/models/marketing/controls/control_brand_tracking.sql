-- grain: one row per survey, period, question, segment and measure
with newest as (
    select
        account_id,
        max(account_day) as account_day
    from {{ ref('stg_surveys__question') }}
    group by account_id
),

declared as (
    select questions.*
    from {{ ref('stg_surveys__question') }} as questions
    -- inner, n:1: as it is declared now
    inner join newest
        on
            questions.account_id = newest.account_id
            and questions.account_day = newest.account_day
),

titles as (
    select
        account_id,
        max_by(account_name, pulled_at) as survey_title,
        bool_or(sandbox) as sandbox
    from {{ ref('stg_surveys__pulls') }}
    group by account_id
),

scored as (
    select
        answers.*,
        declared.kind,
        declared.wording,
        declared.low,
        declared.high,
        declared.anchor,
        case
            when declared.best = declared.high then answers.score
            else declared.low + declared.high - answers.score
        end as step
    from {{ ref('stg_surveys__answer') }} as answers
    -- inner, n:1: answers to what is not asked any more make no figure
    inner join declared
        on
            answers.survey_id = declared.account_id
            and answers.question = declared.question
    where
        declared.kind in ('nps', 'scale')
        and answers.score between declared.low and declared.high
),

anchored as (
    select
        scored.*,
        anchors.step as anchor_step
    from scored
    -- left, 1:1: the same person's answer to the anchor, if there is one
    left join scored as anchors
        on
            scored.survey_id = anchors.survey_id
            and scored.response_id = anchors.response_id
            and scored.anchor = anchors.question
),

by_period as (
    select
        *,
        'wave' as period_kind,
        wave as period
    from anchored
    union all
    select
        *,
        'month' as period_kind,
        strftime(account_day, '%Y-%m') as period
    from anchored
),

pairs as (
    select
        survey_id,
        period_kind,
        period,
        question,
        any_value(anchor) is not null as is_anchored,
        count(anchor_step) as pair_count,
        case
            when
                var_pop(step) filter (where anchor_step is not null) > 0
                and var_pop(anchor_step) > 0
                then corr(step, anchor_step)
        end as anchor_correlation
    from by_period
    group by survey_id, period_kind, period, question
),

directions as (
    select
        *,
        case
            when not is_anchored then 'not_checked'
            when pair_count < 30 or anchor_correlation is null then 'unclear'
            when tanh(atanh(anchor_correlation) + 1.959963984540054e0 / sqrt(pair_count - 3)) < 0
                then 'reversed'
            when tanh(atanh(anchor_correlation) - 1.959963984540054e0 / sqrt(pair_count - 3)) > 0
                then 'as_declared'
            else 'unclear'
        end as scale_direction
    from pairs
),

by_segment as (
    select
        *,
        'all' as segment
    from by_period
    union all
    select
        *,
        'language:' || coalesce(response_language, 'unknown') as segment
    from by_period
),

sums as (
    select
        survey_id,
        period_kind,
        period,
        question,
        segment,
        any_value(kind) as kind,
        any_value(wording) as wording,
        any_value(low) as scale_low,
        any_value(high) as scale_high,
        min(account_day) as first_day,
        max(account_day) as last_day,
        count(*) as n,
        avg(step) as average,
        stddev_samp(step) / sqrt(count(*)) as standard_error,
        count(*) filter (where kind = 'nps' and step >= 9) as promoters,
        count(*) filter (where kind = 'nps' and step <= 6) as detractors,
        count(*) filter (where step >= high - 1) as best_two
    from by_segment
    group by survey_id, period_kind, period, question, segment
),

-- An adjusted Wald interval counts three quarters of an answer more at either end of 3 more.
scores as (
    select
        *,
        'nps' as measure,
        1e2 * (promoters - detractors) / n as estimate,
        1e2 * (promoters - detractors) / (n + 3) as centre,
        1e2 * 1.959963984540054e0 * sqrt(
            (
                (promoters + detractors + 1.5) / (n + 3)
                - power(1e0 * (promoters - detractors) / (n + 3), 2)
            ) / (n + 3)
        ) as half,
        -100.0 as lowest,
        100.0 as highest
    from sums
    where kind = 'nps'
),

shares as (
    select
        *,
        case when kind = 'nps' then 'promoter_share' else 'best_two_share' end as measure,
        case when kind = 'nps' then promoters else best_two end as counted
    from sums
),

wilson as (
    select
        * exclude (counted),
        1e0 * counted / n as estimate,
        (counted + 3.8414588206941236e0 / 2) / (n + 3.8414588206941236e0) as centre,
        1.959963984540054e0 / (n + 3.8414588206941236e0)
        * sqrt(1e0 * counted * (n - counted) / n + 3.8414588206941236e0 / 4) as half,
        0.0 as lowest,
        1.0 as highest
    from shares
),

means as (
    select
        *,
        'mean' as measure,
        average as estimate,
        cast(null as double) as centre,
        cast(null as double) as half,
        cast(null as double) as lowest,
        cast(null as double) as highest
    from sums
    where kind = 'scale'
),

measured as (
    select * from scores
    union all by name
    select * from wilson
    union all by name
    select * from means
),

control_brand_tracking as (
    select
        measured.survey_id,
        measured.period_kind,
        measured.period,
        measured.question,
        measured.segment,
        measured.measure,
        titles.survey_title,
        measured.wording,
        measured.first_day,
        measured.last_day,
        measured.n,
        round(measured.estimate, 6) as estimate,
        round(greatest(measured.centre - measured.half, measured.lowest), 6) as estimate_low,
        round(least(measured.centre + measured.half, measured.highest), 6) as estimate_high,
        case when measured.measure = 'mean' then round(measured.standard_error, 6) end
            as standard_error,
        case measured.measure
            when 'nps' then 'points from -100 to 100'
            when 'mean' then 'steps of the scale, best on top'
            else 'share'
        end as unit,
        case measured.measure
            when 'nps' then 'adjusted Wald, three answers added'
            when 'mean' then 'Student''s t'
            else 'Wilson score'
        end as method,
        measured.scale_low,
        measured.scale_high,
        directions.scale_direction,
        round(directions.anchor_correlation, 6) as anchor_correlation,
        titles.sandbox
    from measured
    -- inner, n:1: the direction is that of everybody's answers in the period
    inner join directions
        on
            measured.survey_id = directions.survey_id
            and measured.period_kind = directions.period_kind
            and measured.period = directions.period
            and measured.question = directions.question
    -- inner, n:1: every survey was pulled under a title
    inner join titles on measured.survey_id = titles.account_id
)

select * from control_brand_tracking
