-- grain: one row per org, UTC day of the change and lead that changed on it
-- depends_on: {{ ref('stg_salesforce__pulls') }}, which says what is due
with landed as (
    select
        account_id,
        account_day,
        record_id as lead_id,
        created_at,
        modified_at,
        is_deleted,
        master_record_id,
        status,
        lead_source,
        is_converted,
        opportunity_id,
        nullif(trim(utm_source), '') as utm_source,
        nullif(trim(utm_campaign), '') as utm_campaign,
        nullif(trim(utm_id), '') as utm_id,
        nullif(trim(google_ads_campaign_id), '') as google_ads_campaign_id,
        pulled_at as content_pulled_at
    from {{ source('salesforce', 'lead') }}
)

select * from landed
