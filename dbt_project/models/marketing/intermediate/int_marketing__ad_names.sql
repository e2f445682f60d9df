-- grain: one row per platform, account, ad group and ad ever seen, with its latest known names
with google_ads as (
    select
        'google_ads' as platform,
        ads.account_id,
        ads.account_day,
        ads.ad_group_id,
        ads.ad_id,
        ads.ad_name,
        ad_groups.ad_group_name
    from {{ ref('stg_google_ads__ad') }} as ads
    -- left, n:1: an ad whose group was not pulled that day keeps its row
    left join {{ ref('stg_google_ads__ad_group') }} as ad_groups
        on
            ads.account_id = ad_groups.account_id
            and ads.account_day = ad_groups.account_day
            and ads.ad_group_id = ad_groups.ad_group_id
),

facebook_ads as (
    select
        'facebook_ads' as platform,
        ads.account_id,
        ads.account_day,
        ads.ad_set_id as ad_group_id,
        ads.ad_id,
        ads.ad_name,
        ad_sets.ad_set_name as ad_group_name
    from {{ ref('stg_facebook_ads__ad') }} as ads
    -- left, n:1: an ad whose set was not pulled that day keeps its row
    left join {{ ref('stg_facebook_ads__ad_set') }} as ad_sets
        on
            ads.account_id = ad_sets.account_id
            and ads.account_day = ad_sets.account_day
            and ads.ad_set_id = ad_sets.ad_set_id
),

unioned as (
    select * from google_ads
    union all
    select * from facebook_ads
),

newest_first as (
    select
        *,
        row_number() over (
            partition by platform, account_id, ad_group_id, ad_id
            order by account_day desc
        ) as recency
    from unioned
),

ad_names as (
    select
        platform,
        account_id,
        ad_group_id,
        ad_id,
        ad_name,
        ad_group_name
    from newest_first
    where recency = 1
)

select * from ad_names
