-- grain: one row per tracking code, with the campaign that its strongest key names
with codes as (
    select distinct tracking_code from {{ ref('int_marketing__visits') }}
),

parts as (
    select * from {{ ref('tracking_code_parts') }}
),

told as (
    select
        codes.tracking_code,
    {% for name in ['utm_source', 'utm_campaign', 'utm_id', 'google_ads_campaign_id'] %}
        nullif(
            max(split_part(codes.tracking_code, ':', parts.part))
            filter (where parts.meaning = '{{ name }}'),
            ''
        ) as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
    from codes
    cross join parts
    group by codes.tracking_code
),

keyed as (
    select
        tracking_code,
        google_ads_campaign_id,
        utm_id,
        {{ click_keys() }}
    from told
),

{{ chosen_campaigns('keyed', ['tracking_code']) }},

tracking_codes as (
    select
        keyed.tracking_code,
        coalesce(chosen_campaigns.platform, '(none)') as platform,
        coalesce(chosen_campaigns.ad_account_id, '(none)') as account_id,
        coalesce(chosen_campaigns.campaign_id, '(none)') as campaign_id
    from keyed
    -- left, 1:1: most codes are no campaign's
    left join chosen_campaigns on keyed.tracking_code = chosen_campaigns.tracking_code
)

select * from tracking_codes
