-- grain: one row per order, with the campaign that its observed key names or the reason for none
with orders as (
    select
        *,
        {{ tag_of('utm_campaign') }} as tag,
        case
            when regexp_matches(lower(utm_source), '^google') then 'google_ads'
            when regexp_matches(lower(utm_source), 'facebook|instagram|^(fb|ig|meta)$')
                then 'facebook_ads'
        end as tagged_platform,
        -- The strongest key alone counts: an id of an unknown campaign is not looked up by its tag.
        case
            when not has_consent then 'none'
            when google_ads_campaign_id is not null then 'google_ads_id'
            when utm_id is not null then 'utm_id'
            when utm_campaign is not null then 'utm_campaign'
            else 'none'
        end as key_kind
    from {{ ref('orders') }}
),

campaigns as (
    select * from {{ ref('int_finance__campaigns') }}
),

named as (
    select
        orders.company_id,
        orders.order_id,
        campaigns.platform,
        campaigns.account_id,
        campaigns.campaign_id
    from orders
    -- inner, 1:n: an id names one campaign, a tag may name several
    inner join campaigns
        on
            case orders.key_kind
                when 'google_ads_id'
                    then
                        campaigns.platform = 'google_ads'
                        and orders.google_ads_campaign_id = campaigns.campaign_id
                when 'utm_id' then orders.utm_id = campaigns.campaign_id
                when 'utm_campaign'
                    then
                        orders.tagged_platform = campaigns.platform
                        and orders.tag = campaigns.tag
            end
),

chosen as (
    select
        company_id,
        order_id,
        count(*) as campaigns_named,
        any_value(platform) as platform,
        any_value(account_id) as account_id,
        any_value(campaign_id) as campaign_id
    from named
    group by company_id, order_id
),

attributed_orders as (
    select
        orders.company_id,
        orders.order_id,
        orders.client_id,
        orders.order_date,
        cast(date_trunc('month', orders.order_date) as date) as month,
        orders.is_first_order,
        orders.revenue_reporting_micros,
        orders.cost_reporting_micros,
        orders.gross_profit_reporting_micros,
        orders.sandbox,
        case when chosen.campaigns_named = 1 then chosen.platform else '' end as platform,
        case when chosen.campaigns_named = 1 then chosen.account_id else '' end as account_id,
        case when chosen.campaigns_named = 1 then chosen.campaign_id else '(unattributed)' end
            as campaign_id,
        case
            when chosen.campaigns_named = 1 then ''
            when chosen.campaigns_named > 1 then 'ambiguous_tag'
            when orders.sales_channel <> 'web' then 'not_online'
            when not orders.has_consent then 'no_consent'
            when orders.key_kind <> 'none' then 'unknown_campaign'
            when orders.click_id_kind is not null then 'untagged_ad'
            else 'no_campaign'
        end as unattributed_reason
    from orders
    -- left, 1:1: most orders are nobody's
    left join chosen
        on
            orders.company_id = chosen.company_id
            and orders.order_id = chosen.order_id
)

select * from attributed_orders
