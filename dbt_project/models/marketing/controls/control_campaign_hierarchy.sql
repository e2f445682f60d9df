-- grain: one row per platform, account, level and thing that was ever listed
{% set lists = [
    ('google_ads', 'campaign', 'campaign', 'account_id', 'campaign_id', 'campaign_name'),
    ('google_ads', 'ad_group', 'ad_group', 'campaign_id', 'ad_group_id', 'ad_group_name'),
    ('google_ads', 'asset_group', 'asset_group', 'campaign_id', 'asset_group_id', 'asset_group_name'),
    ('google_ads', 'ad', 'ad', 'ad_group_id', "concat_ws('~', ad_group_id, ad_id)", 'ad_name'),
    ('facebook_ads', 'campaign', 'campaign', 'account_id', 'campaign_id', 'campaign_name'),
    ('facebook_ads', 'ad_set', 'ad_group', 'campaign_id', 'ad_set_id', 'ad_set_name'),
    ('facebook_ads', 'ad', 'ad', 'ad_set_id', 'ad_id', 'ad_name')
] -%}
with control_campaign_hierarchy as (
    {% for platform, stream, entity_level, parent, entity, name in lists -%}
        select
            '{{ platform }}' as platform,
            account_id,
            '{{ entity_level }}' as entity_level,
            {{ entity }} as entity_id,
            count(*) as listed_days,
            arg_max({{ parent }}, account_day) as parent_id,
            arg_max({{ name }}, account_day) as entity_name,
            arg_max(status, account_day) as status
        from {{ ref('stg_' ~ platform ~ '__' ~ stream) }}
        group by account_id, {{ entity }}
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from control_campaign_hierarchy
