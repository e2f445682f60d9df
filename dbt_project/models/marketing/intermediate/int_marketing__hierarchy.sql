-- grain: one row per platform, account, level, thing and day from which it was listed so
with listed as (
    select
        'google_ads' as platform,
        account_id,
        account_day,
        'campaign' as entity_level,
        account_id as parent_id,
        campaign_id as entity_id,
        campaign_name as entity_name,
        status
    from {{ ref('stg_google_ads__campaign') }}
    union all
    select
        'google_ads' as platform,
        account_id,
        account_day,
        'ad_group' as entity_level,
        campaign_id as parent_id,
        ad_group_id as entity_id,
        ad_group_name as entity_name,
        status
    from {{ ref('stg_google_ads__ad_group') }}
    union all
    select
        'google_ads' as platform,
        account_id,
        account_day,
        'asset_group' as entity_level,
        campaign_id as parent_id,
        asset_group_id as entity_id,
        asset_group_name as entity_name,
        status
    from {{ ref('stg_google_ads__asset_group') }}
    union all
    select
        'google_ads' as platform,
        account_id,
        account_day,
        'ad' as entity_level,
        ad_group_id as parent_id,
        -- as Google itself writes it: the id alone identifies nothing outside of its ad group
        ad_group_id || '~' || ad_id as entity_id,
        ad_name as entity_name,
        status
    from {{ ref('stg_google_ads__ad') }}
    union all
    select
        'facebook_ads' as platform,
        account_id,
        account_day,
        'campaign' as entity_level,
        account_id as parent_id,
        campaign_id as entity_id,
        campaign_name as entity_name,
        status
    from {{ ref('stg_facebook_ads__campaign') }}
    union all
    select
        'facebook_ads' as platform,
        account_id,
        account_day,
        'ad_group' as entity_level,
        campaign_id as parent_id,
        ad_set_id as entity_id,
        ad_set_name as entity_name,
        status
    from {{ ref('stg_facebook_ads__ad_set') }}
    union all
    select
        'facebook_ads' as platform,
        account_id,
        account_day,
        'ad' as entity_level,
        ad_set_id as parent_id,
        ad_id as entity_id,
        ad_name as entity_name,
        status
    from {{ ref('stg_facebook_ads__ad') }}
),

-- The days on which a list was asked for: of what is missing on one of them it was not in the list.
lists as (
    select
        platform,
        account_id,
        account_day,
        case stream when 'ad_set' then 'ad_group' else stream end as entity_level,
        row_number() over by_day as list_number,
        lead(account_day) over by_day as next_day
    from {{ ref('int_marketing__slices') }}
    where stream in ('campaign', 'ad_group', 'ad_set', 'asset_group', 'ad')
    window by_day as (partition by platform, account_id, stream order by account_day)
),

placed as (
    select
        listed.*,
        lists.list_number,
        lists.next_day,
        coalesce(
            lag(lists.list_number) over by_day <> lists.list_number - 1
            or lag(listed.parent_id) over by_day <> listed.parent_id
            or lag(listed.entity_name) over by_day is distinct from listed.entity_name
            or lag(listed.status) over by_day is distinct from listed.status,
            true
        ) as is_new
    from listed
    -- inner, n:1: every row was listed by a pull
    inner join lists
        on
            listed.platform = lists.platform
            and listed.account_id = lists.account_id
            and listed.entity_level = lists.entity_level
            and listed.account_day = lists.account_day
    window
        by_day as (
            partition by listed.platform, listed.account_id, listed.entity_level, listed.entity_id
            order by listed.account_day
        )
),

numbered as (
    select
        *,
        sum(cast(is_new as integer)) over (
            partition by platform, account_id, entity_level, entity_id order by account_day
        ) as version_number
    from placed
),

hierarchy as (
    select
        platform,
        account_id,
        entity_level,
        entity_id,
        parent_id,
        entity_name,
        status,
        cast(version_number as integer) as version_number,
        min(account_day) as valid_from,
        -- the next list said something else, or nothing; there is none of what still stands
        arg_max_null(next_day, list_number) as valid_to,
        version_number = max(version_number) over (
            partition by platform, account_id, entity_level, entity_id
        ) as is_latest,
        count(*) as listed_days
    from numbered
    group by
        platform,
        account_id,
        entity_level,
        entity_id,
        parent_id,
        entity_name,
        status,
        version_number
)

select * from hierarchy
