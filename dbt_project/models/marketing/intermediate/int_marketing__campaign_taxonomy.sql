-- grain: one row per platform, account and campaign ever seen, its name read by the convention
with naming as (
    select * from {{ ref('campaign_naming') }}
),

fields as (
    select
        field,
        part,
        string_agg(code, ', ' order by code) as codes
    from naming
    where field <> 'separator'
    group by field, part
),

last_part as (
    select max(part) as part from fields
),

separators as (
    select code as cut from naming
    where field = 'separator'
),

campaigns as (
    select * from {{ ref('int_marketing__campaign_names') }}
),

written as (
    select
        campaigns.platform,
        campaigns.account_id,
        campaigns.campaign_id,
        fields.field,
        fields.part,
        fields.codes,
        fields.part = last_part.part as goes_on,
        trim(split_part(campaigns.campaign_name, separators.cut, fields.part)) as words
    from campaigns
    cross join fields
    cross join separators
    cross join last_part
    where campaigns.campaign_name is not null
),

-- Of two codes of which one begins the other, the longer is meant.
understood as (
    select
        written.platform,
        written.account_id,
        written.campaign_id,
        written.field,
        written.part,
        written.codes,
        written.words,
        arg_max(naming.meaning, length(naming.code)) as meaning
    from written
    -- left, n:m: what is not understood stays, to be listed
    left join naming
        on
            written.field = naming.field
            and (
                lower(written.words) = lower(naming.code)
                or (
                    written.goes_on
                    and starts_with(lower(written.words), lower(naming.code) || ' ')
                )
            )
    group by all
),

explained as (
    select
        *,
        case
            when meaning is not null then null
            when words = '' then 'no ' || replace(field, '_', ' ')
            else replace(field, '_', ' ') || ' "' || words || '" is none of ' || codes
        end as problem
    from understood
),

read_names as (
    select
        platform,
        account_id,
        campaign_id,
        {% for field in ['market', 'channel', 'objective', 'funnel_stage'] -%}
            max(meaning) filter (where field = '{{ field }}') as {{ field }},
        {% endfor -%}
        string_agg(problem, '; ' order by part, field) as naming_problem
    from explained
    group by platform, account_id, campaign_id
),

campaign_taxonomy as (
    select
        campaigns.platform,
        campaigns.account_id,
        campaigns.campaign_id,
        campaigns.campaign_name,
        campaigns.channel_type,
        campaigns.is_running,
        read_names.market,
        read_names.channel,
        read_names.objective,
        read_names.funnel_stage,
        read_names.naming_problem
    from campaigns
    -- left, 1:1: what has no name has nothing to be read
    left join read_names
        on
            campaigns.platform = read_names.platform
            and campaigns.account_id = read_names.account_id
            and campaigns.campaign_id = read_names.campaign_id
)

select * from campaign_taxonomy
