-- grain: one row per platform and account that may be published
with pulls as (
    select
        'google_ads' as platform,
        *
    from {{ ref('stg_google_ads__pulls') }}
    union all by name
    select
        'facebook_ads' as platform,
        *
    from {{ ref('stg_facebook_ads__pulls') }}
),

-- What the latest pull said: read from the pull log, not from the models between.
described as (
    select
        platform,
        account_id,
        arg_max(account_name, (pulled_at, stream, account_day)) as account_name,
        arg_max(account_currency, (pulled_at, stream, account_day)) as account_currency,
        arg_max(account_time_zone, (pulled_at, stream, account_day)) as account_time_zone,
        bool_or(sandbox) as sandbox
    from pulls
    group by platform, account_id
),

tests as (
    select
        account_id,
        arg_max(test_account, account_day) as is_test
    from {{ ref('stg_google_ads__account') }}
    group by account_id
),

control_accounts as (
    select
        described.platform,
        described.account_id,
        described.account_name,
        described.account_currency,
        described.account_time_zone,
        coalesce(finality.final_after_days, 90) as final_after_days
    from described
    -- left, n:1: an account whose settings are unknown is final after the longest window
    left join {{ ref('int_marketing__finality') }} as finality
        on
            described.platform = finality.platform
            and described.account_id = finality.account_id
    -- left, n:1: only Google marks accounts that spend no money
    left join tests
        on described.platform = 'google_ads' and described.account_id = tests.account_id
    -- the sandbox marks all of its accounts as what they are
    where described.sandbox or not coalesce(tests.is_test, false)
)

select * from control_accounts
