-- grain: one row per platform, account, account-local day, campaign and version that has it
{{ by_day() }}
with google_ads as (
    select
        'google_ads' as platform,
        account_id,
        account_day,
        campaign_id,
        content_pulled_at,
        impressions,
        clicks as clicks_destination,
        cost_micros as spend_account_micros,
        conversions as claimed_conversions
    from {{ of_due_days(ref('stg_google_ads__campaign_day_history')) }}
),

facebook_history as (
    select * from {{ of_due_days(ref('stg_facebook_ads__campaign_day_history')) }}
),

facebook_claims as (
    {{ resolved_actions(
        'facebook_history', ['account_id', 'account_day', 'campaign_id', 'content_pulled_at']
    ) }}
),

facebook_sums as (
    select
        account_id,
        account_day,
        campaign_id,
        content_pulled_at,
        cast(sum(conversions_click_7d) as double) as claimed_conversions
    from facebook_claims
    group by account_id, account_day, campaign_id, content_pulled_at
),

facebook_ads as (
    select
        'facebook_ads' as platform,
        facebook_history.account_id,
        facebook_history.account_day,
        facebook_history.campaign_id,
        facebook_history.content_pulled_at,
        facebook_history.impressions,
        facebook_history.outbound_clicks as clicks_destination,
        facebook_history.spend_micros as spend_account_micros,
        coalesce(facebook_sums.claimed_conversions, 0) as claimed_conversions
    from facebook_history
    -- left, 1:1: most campaign days have no conversions
    left join facebook_sums
        on
            facebook_history.account_id = facebook_sums.account_id
            and facebook_history.account_day = facebook_sums.account_day
            and facebook_history.campaign_id = facebook_sums.campaign_id
            and facebook_history.content_pulled_at = facebook_sums.content_pulled_at
),

known_totals as (
    select * from google_ads
    union all
    select * from facebook_ads
)

select * from known_totals
