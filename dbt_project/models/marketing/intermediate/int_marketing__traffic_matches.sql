-- grain: one row per traffic source that web analytics ever named
with traffic as (
    select
        traffic_key,
    {% for name in traffic_columns() %}
        any_value({{ name }}) as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
    from {{ ref('int_marketing__sessions') }}
    group by traffic_key
),

campaigns as (
    select * from {{ ref('int_marketing__campaign_names') }}
),

utms as (
    select * from {{ ref('int_marketing__campaign_utms') }}
),

-- An id names one campaign; a UTM pair or a name may name several, and then it names none.
candidates as (
    select
        traffic.traffic_key,
        1 as precedence,
        'google_ads_id' as match_method,
        campaigns.platform,
        campaigns.account_id,
        campaigns.campaign_id
    from traffic
    -- inner, 1:1: auto-tagging carries the campaign's id
    inner join campaigns
        on
            campaigns.platform = 'google_ads'
            and traffic.google_ads_campaign_id = campaigns.campaign_id
    union all
    select
        traffic.traffic_key,
        2 as precedence,
        'utm_id' as match_method,
        campaigns.platform,
        campaigns.account_id,
        campaigns.campaign_id
    from traffic
    -- inner, 1:1: utm_id is the campaign's id where the advertiser sets it
    inner join campaigns on traffic.manual_campaign_id = campaigns.campaign_id
    union all
    select
        traffic.traffic_key,
        3 as precedence,
        'utm_campaign' as match_method,
        utms.platform,
        utms.account_id,
        utms.campaign_id
    from traffic
    -- inner, 1:n: the pair that the campaign's ads carry
    inner join utms
        on
            lower(traffic.session_source) = utms.utm_source
            and lower(traffic.campaign_name) = utms.utm_campaign
    union all
    select
        traffic.traffic_key,
        4 as precedence,
        'campaign_name' as match_method,
        campaigns.platform,
        campaigns.account_id,
        campaigns.campaign_id
    from traffic
    -- inner, 1:n: the name, as auto-tagging without an id or a careful advertiser gives it
    inner join campaigns on lower(traffic.campaign_name) = lower(campaigns.campaign_name)
),

best as (
    select
        traffic_key,
        match_method,
        platform,
        account_id,
        campaign_id,
        precedence = min(precedence) over (partition by traffic_key) as is_best
    from candidates
),

chosen as (
    select
        traffic_key,
        any_value(match_method) as match_method,
        any_value(platform) as platform,
        any_value(account_id) as account_id,
        any_value(campaign_id) as campaign_id,
        count(distinct platform || '/' || account_id || '/' || campaign_id) as campaigns_named
    from best
    where is_best
    group by traffic_key
),

traffic_matches as (
    select
        traffic.traffic_key,
        case
            when chosen.campaigns_named = 1 then chosen.match_method
            when chosen.campaigns_named > 1 then 'ambiguous'
            else 'none'
        end as match_method,
        case
            when chosen.campaigns_named = 1 then chosen.platform
            when regexp_matches(lower(traffic.session_source), '^google') then 'google_ads'
            when regexp_matches(lower(traffic.session_source), 'facebook|instagram|^(fb|ig|meta)$')
                then 'facebook_ads'
        end as platform,
        case when chosen.campaigns_named = 1 then chosen.account_id end as account_id,
        case when chosen.campaigns_named = 1 then chosen.campaign_id end as campaign_id,
        -- the media that Google Analytics itself takes for paid
        chosen.campaigns_named = 1
        or regexp_matches(
            lower(traffic.session_medium), '^(.*cp.*|ppc|retargeting|paid.*|display)$'
        )
            as is_paid
    from traffic
    -- left, 1:1: most traffic is no campaign's
    left join chosen on traffic.traffic_key = chosen.traffic_key
)

select
    traffic_key,
    match_method,
    platform,
    account_id,
    campaign_id,
    coalesce(is_paid, false) as is_paid
from traffic_matches
