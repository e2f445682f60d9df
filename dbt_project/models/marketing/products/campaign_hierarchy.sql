-- grain: one row per platform, account, level, thing and day from which it was listed so
with hierarchy as (
    select * from {{ ref('int_marketing__hierarchy') }}
),

accounts as (
    select * from {{ ref('int_marketing__accounts') }}
),

campaign_hierarchy as (
    select
        hierarchy.platform,
        hierarchy.account_id,
        hierarchy.entity_level,
        hierarchy.entity_id,
        hierarchy.parent_id,
        hierarchy.entity_name,
        hierarchy.status,
        hierarchy.version_number,
        hierarchy.valid_from,
        hierarchy.valid_to,
        hierarchy.is_latest,
        hierarchy.listed_days,
        accounts.account_time_zone,
        accounts.sandbox
    from hierarchy
    -- inner, n:1: every list is of a pulled account
    inner join accounts
        on hierarchy.platform = accounts.platform and hierarchy.account_id = accounts.account_id
)

select * from campaign_hierarchy
