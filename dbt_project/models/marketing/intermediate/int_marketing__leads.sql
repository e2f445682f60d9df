-- grain: one row per org and lead that stands, with the ad campaign its strongest key names
with newest_first as (
    select
        *,
        row_number() over (
            partition by account_id, lead_id
            order by modified_at desc, account_day desc
        ) as recency
    from {{ ref('stg_salesforce__lead') }}
),

-- A lead that was merged into another is deleted: it counts once, under its master.
standing as (
    select
        account_id as org_id,
        lead_id,
        created_at,
        opportunity_id,
        is_converted,
        google_ads_campaign_id,
        utm_id,
        {{ click_keys() }}
    from newest_first
    where recency = 1 and not is_deleted
),

{{ chosen_campaigns('standing', ['org_id', 'lead_id']) }},

leads as (
    select
        standing.org_id,
        standing.lead_id,
        standing.opportunity_id,
        standing.is_converted,
        coalesce(chosen_campaigns.platform, '(none)') as platform,
        coalesce(chosen_campaigns.ad_account_id, '(none)') as account_id,
        coalesce(chosen_campaigns.campaign_id, '(none)') as campaign_id,
        case when chosen_campaigns.campaign_id is not null then standing.key_kind end
            as matched_by,
        standing.created_at,
        {{ cohort_week('standing.created_at') }} as cohort_week
    from standing
    -- left, 1:1: many leads come from no ad
    left join chosen_campaigns
        on
            standing.org_id = chosen_campaigns.org_id
            and standing.lead_id = chosen_campaigns.lead_id
)

select * from leads
