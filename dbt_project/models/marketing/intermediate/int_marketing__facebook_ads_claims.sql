-- grain: one row per account, account-local day, level, entity and canonical event
{{ by_day() }}
with reported as (
    select
        account_id,
        account_day,
        'campaign' as entity_kind,
        campaign_id as entity_id,
        actions,
        action_values
    from {{ of_due_days(ref('stg_facebook_ads__campaign_day')) }}
    union all
    select
        account_id,
        account_day,
        'ad' as entity_kind,
        ad_id as entity_id,
        actions,
        action_values
    from {{ of_due_days(ref('stg_facebook_ads__ad_day')) }}
    union all
    select
        account_id,
        account_day,
        'account' as entity_kind,
        account_id as entity_id,
        actions,
        action_values
    from {{ of_due_days(ref('stg_facebook_ads__account_day')) }}
),

claims as (
    {{ resolved_actions('reported', ['account_id', 'account_day', 'entity_kind', 'entity_id']) }}
)

select * from claims
