"""What the advertising platforms do to us: every kind of trouble that the sandbox can make.

Belongs here: Google Ads and Meta. Does not: what came of it (trials.py).
"""

from __future__ import annotations

from typing import Any

from tests.scenarios.faults.trouble import FOR_EVER, PlatformFault, on_the_wire


def _google(
    name: str, *, by_itself: bool, stream: str = "campaign_day", **plan: object
) -> PlatformFault:
    return PlatformFault(
        name=f"google_ads {stream}: {name}",
        source="google_ads",
        stream=stream,
        trouble=on_the_wire("google_ads", **plan),
        by_itself=by_itself,
        settings={"GOOGLE_ADS_REQUEST_TIMEOUT_SECONDS": "3"},
    )


def _meta(
    name: str, *, by_itself: bool, stream: str = "campaign_day", **plan: object
) -> PlatformFault:
    return PlatformFault(
        name=f"facebook_ads {stream}: {name}",
        source="facebook_ads",
        stream=stream,
        trouble=on_the_wire("facebook_ads", **plan),
        by_itself=by_itself,
        settings={
            "FACEBOOK_ADS_REQUEST_TIMEOUT_SECONDS": "3",
            "FACEBOOK_ADS_REPORT_PATIENCE_SECONDS": "2",
        },
    )


ONE_ACCOUNT: dict[str, Any] = {"account_id": "1000000001"}
GOOGLE = (
    *(
        _google(f"{kind} twice", stream=stream, kind=kind, times=2, seconds=0.1, by_itself=True)
        for kind in ("quota", "transient")
        for stream in ("campaign_hour", "campaign_day", "ad_day", "campaign")
    ),
    _google("quota for good", kind="quota", seconds=0.01, **FOR_EVER, by_itself=False),
    _google("no answer", kind="hang", seconds=4, by_itself=True),
    _google("reset in mid-stream", kind="reset_mid_stream", after_rows=3, by_itself=True),
    _google(
        "reset in mid-stream for good",
        stream="campaign_hour",
        kind="reset_mid_stream",
        after_rows=40,
        **FOR_EVER,
        by_itself=False,
    ),
    _google("half the list of accounts", kind="truncated", by_itself=False),
    _google("half an answer", kind="truncated", stream="campaign_hour", nth=2, by_itself=True),
    _google("half of every answer", kind="truncated", **FOR_EVER, by_itself=False),
    _google("a row is missing", kind="vanish_row", by_itself=True),
    _google("wrong control totals", kind="wrong_control_totals", by_itself=True),
    _google(
        "wrong control totals for good", kind="wrong_control_totals", **FOR_EVER, by_itself=False
    ),
    _google(
        "permission lost in mid-run", kind="permission_lost", nth=2, **FOR_EVER, by_itself=False
    ),
    _google("API version retired", kind="version_retired", **FOR_EVER, by_itself=False),
    _google("stale token", kind="stale_token", by_itself=True),
    _google("a value that nobody knows", stream="campaign", kind="unknown_enum", by_itself=False),
    _google("a field is removed", kind="field_removed", **FOR_EVER, by_itself=False),
    *(
        _google(f"{kind} for one account", kind=kind, **FOR_EVER, **ONE_ACCOUNT, by_itself=False)
        for kind in ("quota", "permission_lost")
    ),
    PlatformFault(
        name="google_ads: refresh token revoked",
        source="google_ads",
        stream="campaign_day",
        trouble=on_the_wire("oauth", kind="revoked_token", **FOR_EVER),
        by_itself=False,
    ),
    PlatformFault(
        name="google_ads: token service falters",
        source="google_ads",
        stream="campaign_day",
        trouble=on_the_wire("oauth", kind="transient", times=1),
        by_itself=True,
    ),
)
META = (
    *(
        _meta(f"{kind} twice", stream=stream, kind=kind, times=2, by_itself=True)
        for kind in ("quota", "transient", "html_502")
        for stream in ("campaign_hour", "campaign_day", "ad_day", "campaign")
    ),
    _meta("quota for good", kind="quota", **FOR_EVER, by_itself=False),
    _meta("HTML 502 for good", kind="html_502", **FOR_EVER, by_itself=False),
    _meta("too much data", kind="too_much_data", operation="insights", by_itself=True),
    _meta("no answer", kind="hang", seconds=4, by_itself=True),
    _meta(
        "empty page with next", kind="empty_page_with_next", operation="insights", by_itself=True
    ),
    _meta("half an answer", kind="truncated", operation="insights", by_itself=True),
    _meta("a row is missing", kind="vanish_row", operation="insights", by_itself=True),
    _meta(
        "wrong control totals for good", kind="wrong_control_totals", **FOR_EVER, by_itself=False
    ),
    _meta("report stuck at 100 %", kind="async_stuck", by_itself=True),
    _meta("report failed", kind="async_failed", by_itself=True),
    _meta("report stuck for good", kind="async_stuck", **FOR_EVER, by_itself=False),
    _meta("token revoked", kind="revoked_token", **FOR_EVER, by_itself=False),
    _meta("token stale", kind="stale_token", **FOR_EVER, by_itself=False),
    _meta("permission lost in mid-run", kind="permission_lost", nth=3, **FOR_EVER, by_itself=False),
    _meta("API version retired", kind="version_retired", **FOR_EVER, by_itself=False),
)
