-- grain: one row per order that stands in finance's books, with the campaign its observed key names
with orders as (
    select
        company_id,
        order_id,
        reporting_day,
        sales_channel,
        reporting_currency,
        net_reporting_micros,
        refunded_reporting_micros,
        sandbox,
        google_ads_campaign_id,
        utm_id,
        {{ tag_of('utm_campaign') }} as tag,
        case
            when regexp_matches(lower(utm_source), '^google') then 'google_ads'
            when regexp_matches(lower(utm_source), 'facebook|instagram|^(fb|ig|meta)$')
                then 'facebook_ads'
        end as tagged_platform,
        -- The strongest key alone counts: an id of an unknown campaign is not looked up by its tag.
        case
            when google_ads_campaign_id is not null then 'google_ads_id'
            when utm_id is not null then 'utm_id'
            when utm_campaign is not null then 'utm_campaign'
        end as key_kind
    from {{ source('finance', 'orders') }}
),

campaigns as (
    select
        platform,
        account_id,
        campaign_id,
        {{ tag_of('campaign_name') }} as tag
    from {{ ref('int_marketing__campaign_names') }}
),

-- By the tag that its ads carry, and by the one its name makes: a renamed campaign keeps its tag.
tags as (
    select
        platform,
        account_id,
        campaign_id,
        {{ tag_of('utm_campaign') }} as tag
    from {{ ref('int_marketing__campaign_utms') }}
    union
    select
        platform,
        account_id,
        campaign_id,
        tag
    from campaigns
),

named as (
    select
        orders.company_id,
        orders.order_id,
        campaigns.platform,
        campaigns.account_id,
        campaigns.campaign_id
    from orders
    -- inner, n:1: an id names one campaign
    inner join campaigns
        on
            case orders.key_kind
                when 'google_ads_id'
                    then
                        campaigns.platform = 'google_ads'
                        and orders.google_ads_campaign_id = campaigns.campaign_id
                when 'utm_id' then orders.utm_id = campaigns.campaign_id
            end
    union all
    select
        orders.company_id,
        orders.order_id,
        tags.platform,
        tags.account_id,
        tags.campaign_id
    from orders
    -- inner, n:m: a tag may name several campaigns, and then it names none
    inner join tags
        on
            orders.key_kind = 'utm_campaign'
            and orders.tagged_platform = tags.platform
            and orders.tag = tags.tag
),

chosen as (
    select
        company_id,
        order_id,
        any_value(platform) as platform,
        any_value(account_id) as account_id,
        any_value(campaign_id) as campaign_id
    from named
    group by company_id, order_id
    having count(*) = 1
),

booked_orders as (
    select
        orders.company_id,
        orders.order_id,
        orders.reporting_day,
        orders.sales_channel,
        orders.reporting_currency,
        orders.net_reporting_micros,
        orders.refunded_reporting_micros,
        orders.sandbox,
        chosen.platform,
        chosen.account_id,
        chosen.campaign_id
    from orders
    -- left, 1:1: most orders are no campaign's
    left join chosen
        on
            orders.company_id = chosen.company_id
            and orders.order_id = chosen.order_id
)

select * from booked_orders
