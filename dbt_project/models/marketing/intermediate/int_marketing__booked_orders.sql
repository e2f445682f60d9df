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
        {{ click_keys() }}
    from {{ source('finance', 'orders') }}
),

{{ chosen_campaigns('orders', ['company_id', 'order_id']) }},

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
        chosen_campaigns.platform,
        chosen_campaigns.ad_account_id as account_id,
        chosen_campaigns.campaign_id
    from orders
    -- left, 1:1: most orders are no campaign's
    left join chosen_campaigns
        on
            orders.company_id = chosen_campaigns.company_id
            and orders.order_id = chosen_campaigns.order_id
)

select * from booked_orders
