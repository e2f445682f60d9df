{# A campaign's name and the tag made of it, as one text: letters and digits, a dash between. #}
{% macro tag_of(text) -%}
    {{ return(adapter.dispatch('tag_of')(text)) }}
{%- endmacro %}

{% macro duckdb__tag_of(text) -%}
    trim(regexp_replace(lower({{ text }}), '[^a-z0-9]+', '-', 'g'), '-')
{%- endmacro %}

{#
  What an address kept of a click, in the columns utm_source, utm_campaign, utm_id and
  google_ads_campaign_id, as the keys by which its campaign is found: tag, tagged_platform and
  key_kind. The strongest key alone counts: an id of an unknown campaign is not looked up by its tag.
#}
{% macro click_keys() -%}
    {{ tag_of('utm_campaign') }} as tag,
    case
        when regexp_matches(lower(utm_source), '^google') then 'google_ads'
        when regexp_matches(lower(utm_source), 'facebook|instagram|^(fb|ig|meta)$')
            then 'facebook_ads'
    end as tagged_platform,
    case
        when google_ads_campaign_id is not null then 'google_ads_id'
        when utm_id is not null then 'utm_id'
        when utm_campaign is not null then 'utm_campaign'
    end as key_kind
{%- endmacro %}

{#
  The common table expressions that end in `chosen_campaigns`: for each `keys` of `clicked`, which
  has the columns of click_keys, the one campaign that its strongest key names.
#}
{% macro chosen_campaigns(clicked, keys) -%}
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

named_campaigns as (
    select
        {% for key in keys %}{{ clicked }}.{{ key }} as {{ key }}, {% endfor %}
        campaigns.platform,
        campaigns.account_id as ad_account_id,
        campaigns.campaign_id
    from {{ clicked }}
    -- inner, n:1: an id names one campaign
    inner join campaigns
        on
            case {{ clicked }}.key_kind
                when 'google_ads_id'
                    then
                        campaigns.platform = 'google_ads'
                        and {{ clicked }}.google_ads_campaign_id = campaigns.campaign_id
                when 'utm_id' then {{ clicked }}.utm_id = campaigns.campaign_id
            end
    union all
    select
        {% for key in keys %}{{ clicked }}.{{ key }} as {{ key }}, {% endfor %}
        tags.platform,
        tags.account_id as ad_account_id,
        tags.campaign_id
    from {{ clicked }}
    -- inner, n:m: a tag may name several campaigns, and then it names none
    inner join tags
        on
            {{ clicked }}.key_kind = 'utm_campaign'
            and {{ clicked }}.tagged_platform = tags.platform
            and {{ clicked }}.tag = tags.tag
),

chosen_campaigns as (
    select
        {% for key in keys %}{{ key }}, {% endfor %}
        any_value(platform) as platform,
        any_value(ad_account_id) as ad_account_id,
        any_value(campaign_id) as campaign_id
    from named_campaigns
    group by {{ keys | join(', ') }}
    having count(*) = 1
)
{%- endmacro %}
