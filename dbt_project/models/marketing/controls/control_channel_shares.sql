-- grain: one row per month, witness, survey and channel that the witness ever named
with claims as (
    select
        *,
        claimed_purchases_click_through as by_click,
        claimed_purchases_engaged_view as by_engaged_view,
        claimed_purchases_view_through as by_view
    from {{ ref('campaign_performance') }}
),

claimed as (
    select
        make_date(year(reporting_day), month(reporting_day), 1) as month,
        reporting_day,
        platform as channel,
        coalesce(by_click, 0) + coalesce(by_engaged_view, 0) + coalesce(by_view, 0) as amount,
        sandbox
    from claims
),

-- From the landed hours, as control_paid_sessions is.
visits as (
    select
        hours.*,
        {{ local_day('hours.hour_start', "'" ~ var('reporting_time_zone') ~ "'") }}
            as reporting_day,
        matches.is_paid,
        matches.platform
    from {{ ref('int_marketing__session_hours') }} as hours
    -- inner, n:1: every traffic source was looked at
    inner join {{ ref('int_marketing__traffic_matches') }} as matches
        on hours.traffic_key = matches.traffic_key
),

observed as (
    select
        make_date(year(reporting_day), month(reporting_day), 1) as month,
        reporting_day,
        case
            when is_paid and platform in ('google_ads', 'facebook_ads') then platform
            when is_paid then 'other_ads'
            when session_medium ilike 'organic' then 'organic_search'
            when regexp_full_match(lower(session_medium), 'e-?mail|newsletter') then 'email'
            when platform = 'facebook_ads' or session_medium ilike '%social%' then 'social'
            when session_source ilike '(direct)' then 'unknown'
            else 'other'
        end as channel,
        purchases as amount
    from visits
),

answers as (
    select
        answers.survey_id,
        answers.account_day,
        answers.channel,
        make_date(year(answers.account_day), month(answers.account_day), 1) as month
    from {{ ref('stg_surveys__answer') }} as answers
    where
        answers.channel is not null
        -- answers to what is not asked any more are of no channel
        and exists (
            select 1
            from {{ ref('int_marketing__survey_questions') }} as questions
            where
                questions.survey_id = answers.survey_id
                and questions.question = answers.question
        )
),

pulled as (
    select
        account_id as survey_id,
        make_date(year(account_day), month(account_day), 1) as month,
        count(*) as days_known,
        bool_or(sandbox) as sandbox
    from {{ ref('stg_surveys__pulls') }}
    where stream = 'answer'
    group by account_id, make_date(year(account_day), month(account_day), 1)
),

amounts as (
    select
        month,
        'claimed' as witness,
        '' as survey_id,
        channel,
        sum(amount) as amount
    from claimed
    group by month, channel
    union all
    select
        month,
        'observed' as witness,
        '' as survey_id,
        channel,
        sum(amount) as amount
    from observed
    group by month, channel
    having sum(amount) > 0
    union all
    select
        month,
        'survey' as witness,
        survey_id,
        channel,
        count(*) as amount
    from answers
    group by month, survey_id, channel
),

properties as (
    select bool_or(sandbox) as sandbox from {{ ref('stg_google_analytics__pulls') }}
),

known as (
    select
        month,
        'claimed' as witness,
        '' as survey_id,
        count(distinct reporting_day) as days_known,
        bool_or(sandbox) as sandbox
    from claimed
    group by month
    union all
    select
        observed.month,
        'observed' as witness,
        '' as survey_id,
        count(distinct observed.reporting_day) as days_known,
        any_value(properties.sandbox) as sandbox
    from observed
    -- cross, n:1: one row says it of all properties
    cross join properties
    group by observed.month
    union all
    select
        month,
        'survey' as witness,
        survey_id,
        days_known,
        sandbox
    from pulled
),

named as (
    select distinct
        witness,
        survey_id,
        channel
    from amounts
    union
    select distinct
        amounts.witness,
        amounts.survey_id,
        common.channel
    from amounts
    cross join (values ('google_ads'), ('facebook_ads')) as common (channel)
),

months as (
    select distinct
        month,
        witness,
        survey_id
    from amounts
),

every_channel as (
    select
        months.month,
        months.witness,
        months.survey_id,
        named.channel,
        coalesce(amounts.amount, 0) as amount
    from months
    -- inner, 1:n: a channel that was named in any month
    inner join named on months.witness = named.witness and months.survey_id = named.survey_id
    -- left, 1:1: counts nothing in the others
    left join amounts
        on
            months.month = amounts.month
            and months.witness = amounts.witness
            and months.survey_id = amounts.survey_id
            and named.channel = amounts.channel
),

totals as (
    select
        *,
        channel in ('google_ads', 'facebook_ads') as is_common,
        sum(amount) over of_witness as witness_total,
        sum(amount) filter (where channel in ('google_ads', 'facebook_ads')) over of_witness
            as common_total
    from every_channel
    window of_witness as (partition by month, witness, survey_id)
),

shares as (
    select
        totals.*,
        known.days_known,
        known.sandbox,
        totals.amount / nullif(totals.witness_total, 0) as share,
        case when totals.is_common then totals.amount / nullif(totals.common_total, 0) end
            as common_share,
        (totals.amount + 3.8414588206941236e0 / 2)
        / (totals.witness_total + 3.8414588206941236e0) as centre,
        case
            when totals.witness = 'survey'
                then
                    1.959963984540054e0 / (totals.witness_total + 3.8414588206941236e0)
                    * sqrt(
                        totals.amount * (totals.witness_total - totals.amount)
                        / nullif(totals.witness_total, 0)
                        + 3.8414588206941236e0 / 4
                    )
        end as half,
        (totals.amount + 3.8414588206941236e0 / 2)
        / (totals.common_total + 3.8414588206941236e0) as common_centre,
        case
            when totals.witness = 'survey' and totals.is_common
                then
                    1.959963984540054e0 / (totals.common_total + 3.8414588206941236e0)
                    * sqrt(
                        totals.amount * (totals.common_total - totals.amount)
                        / nullif(totals.common_total, 0)
                        + 3.8414588206941236e0 / 4
                    )
        end as common_half
    from totals
    -- inner, n:1: what counted something was heard on some day
    inner join known
        on
            totals.month = known.month
            and totals.witness = known.witness
            and totals.survey_id = known.survey_id
),

compared as (
    select
        surveys.month,
        surveys.survey_id,
        surveys.channel,
        beside.witness,
        case
            when not surveys.is_common or beside.common_share is null then 'not_comparable'
            when abs(beside.days_known - surveys.days_known) > 2 then 'not_comparable'
            when
                beside.common_share
                > least(surveys.common_centre + surveys.common_half, 1)
                then 'above_interval'
            when
                beside.common_share
                < greatest(surveys.common_centre - surveys.common_half, 0)
                then 'below_interval'
            else 'within_interval'
        end as verdict
    from shares as surveys
    -- inner, 1:n: what the other witnesses say of the same month and channel
    inner join shares as beside
        on
            surveys.month = beside.month
            and surveys.channel = beside.channel
            and beside.witness <> 'survey'
    where surveys.witness = 'survey'
),

verdicts as (
    select
        month,
        survey_id,
        channel,
        max(verdict) filter (where witness = 'claimed') as claimed_verdict,
        max(verdict) filter (where witness = 'observed') as observed_verdict
    from compared
    group by month, survey_id, channel
),

control_channel_shares as (
    select
        shares.month,
        shares.witness,
        shares.survey_id,
        shares.channel,
        shares.amount,
        round(shares.witness_total, 6) as witness_total,
        round(shares.common_total, 6) as common_total,
        shares.days_known,
        case when shares.witness = 'survey' then 'people' else 'purchases' end as counted,
        shares.sandbox,
        round(shares.share, 6) as share,
        round(shares.common_share, 6) as common_share,
        case
            when shares.half is not null
                then round(greatest(shares.centre - shares.half, 0), 6)
        end as share_low,
        case
            when shares.half is not null
                then round(least(shares.centre + shares.half, 1), 6)
        end as share_high,
        case
            when shares.common_half is not null
                then round(greatest(shares.common_centre - shares.common_half, 0), 6)
        end as common_share_low,
        case
            when shares.common_half is not null
                then round(least(shares.common_centre + shares.common_half, 1), 6)
        end as common_share_high,
        case
            when shares.witness = 'survey'
                then coalesce(verdicts.claimed_verdict, 'not_comparable')
        end as claimed_verdict,
        case
            when shares.witness = 'survey'
                then coalesce(verdicts.observed_verdict, 'not_comparable')
        end as observed_verdict
    from shares
    -- left, 1:1: a channel that no other witness names has no verdict
    left join verdicts
        on
            shares.month = verdicts.month
            and shares.survey_id = verdicts.survey_id
            and shares.channel = verdicts.channel
)

select * from control_channel_shares
