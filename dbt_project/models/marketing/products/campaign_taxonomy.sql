-- grain: one row per platform, account and campaign that was ever named
with taxonomy as (
    select * from {{ ref('int_marketing__campaign_taxonomy') }}
    where campaign_name is not null
),

accounts as (
    select * from {{ ref('int_marketing__accounts') }}
),

owners as (
    select * from {{ ref('account_owners') }}
),

campaign_taxonomy as (
    select
        taxonomy.platform,
        taxonomy.account_id,
        accounts.account_name,
        taxonomy.campaign_id,
        taxonomy.campaign_name,
        coalesce(owners.campaign_owner, 'marketing') as campaign_owner,
        taxonomy.is_running,
        taxonomy.market,
        taxonomy.channel,
        taxonomy.objective,
        taxonomy.funnel_stage,
        taxonomy.naming_problem is null as is_conform,
        taxonomy.naming_problem,
        accounts.sandbox
    from taxonomy
    -- inner, n:1: a campaign belongs to a pulled account
    inner join accounts
        on
            taxonomy.platform = accounts.platform
            and taxonomy.account_id = accounts.account_id
    -- left, n:1: an account that nobody is named for is the marketing team's
    left join owners
        on
            taxonomy.platform = owners.platform
            and taxonomy.account_id = owners.account_id
)

select * from campaign_taxonomy
