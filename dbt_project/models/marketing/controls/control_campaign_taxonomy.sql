-- grain: one row per platform, account and campaign that the platform itself has named
-- By patterns over the whole name, where the product cuts names into parts.
with naming as (
    select
        field,
        part,
        meaning,
        length(code) as code_length,
        regexp_replace(code, '([^A-Za-z0-9 ])', '\\\1', 'g') as pattern,
        max(part) over () as last_part
    from {{ ref('campaign_naming') }}
),

separators as (
    select pattern as cut from naming
    where field = 'separator'
),

codes as (
    select
        naming.field,
        naming.meaning,
        naming.code_length,
        '(?is)^([^' || separators.cut || ']*' || separators.cut || '){'
        || (naming.part - 1) || '}\s*' || naming.pattern || case
            when naming.part = naming.last_part
                then '( [^' || separators.cut || ']*)?'
            else '\s*'
        end || '($|' || separators.cut || ')' as pattern
    from naming
    cross join separators
    where naming.field <> 'separator'
),

fields as (
    select count(distinct field) as field_count from codes
),

campaigns as (
    select * from {{ ref('control_campaigns') }}
    where campaign_name is not null
),

control_campaign_taxonomy as (
    select
        campaigns.platform,
        campaigns.account_id,
        campaigns.campaign_id,
        {% for field in ['market', 'channel', 'objective', 'funnel_stage'] -%}
            arg_max(codes.meaning, codes.code_length)
            filter (where codes.field = '{{ field }}') as {{ field }},
        {% endfor -%}
        count(distinct codes.field) = any_value(fields.field_count) as is_conform
    from campaigns
    cross join fields
    -- left, n:m: a name may match nothing
    left join codes on regexp_matches(campaigns.campaign_name, codes.pattern)
    group by campaigns.platform, campaigns.account_id, campaigns.campaign_id
)

select * from control_campaign_taxonomy
