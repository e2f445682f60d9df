-- grain: one row per date basis, account, account-local day, campaign, action, contact and bucket
{{ by_day() }}
with lag_buckets (lag_bucket, at_most_days) as (
    {{ lag_buckets() }}
),

by_either_date as (
    select
        'interaction' as date_basis,
        *
    from {{ of_due_days(ref('stg_google_ads__campaign_conversion')) }}
    union all
    select
        'conversion' as date_basis,
        *
    from {{ of_due_days(ref('stg_google_ads__campaign_conversion_by_date')) }}
),

actions as (
    select * from {{ source('metrics', 'metric_definitions') }}
    where metric_id = 'google_ads.action_conversions'
),

google_ads_conversions as (
    select
        by_either_date.date_basis,
        by_either_date.account_id,
        by_either_date.account_day,
        by_either_date.campaign_id,
        by_either_date.conversion_action_id,
        coalesce(actions.event, 'other_conversion') as event,
        actions.definition_id,
        by_either_date.contact,
        by_either_date.lag_bucket,
        lag_buckets.at_most_days,
        by_either_date.conversions,
        by_either_date.conversions_value_micros,
        by_either_date.all_conversions,
        by_either_date.all_conversions_value_micros
    from by_either_date
    -- left, n:1: a bucket that is new to us is in no window
    left join lag_buckets on by_either_date.lag_bucket = lag_buckets.lag_bucket
    -- left, n:1: an action that was never described counts as another conversion
    left join actions
        on
            by_either_date.account_id = actions.account_id
            and by_either_date.conversion_action_id = actions.subject_id
            and by_either_date.account_day >= actions.valid_from
            and by_either_date.account_day < coalesce(actions.valid_to, date '9999-12-31')
)

select * from google_ads_conversions
