"""What web analytics does to us: every kind of trouble that the sandbox can make.

Belongs here: Google Analytics and Adobe Analytics. Does not: what came of it (trials.py).
"""

from __future__ import annotations

from tests.scenarios.faults.trouble import FOR_EVER, PlatformFault, on_the_wire


def _google(name: str, *, by_itself: bool, **plan: object) -> PlatformFault:
    return PlatformFault(
        name=f"google_analytics: {name}",
        source="google_analytics",
        stream="session_hour",
        trouble=on_the_wire("google_analytics", **plan),
        by_itself=by_itself,
        settings={"GOOGLE_ANALYTICS_REQUEST_TIMEOUT_SECONDS": "3"},
    )


def _adobe(
    name: str,
    *,
    by_itself: bool,
    stream: str = "channel_day",
    asked_of: str = "adobe_analytics",
    **plan: object,
) -> PlatformFault:
    return PlatformFault(
        name=f"adobe_analytics {stream}: {name}",
        source="adobe_analytics",
        stream=stream,
        trouble=on_the_wire(asked_of, **plan),
        by_itself=by_itself,
        settings={"ADOBE_ANALYTICS_REQUEST_TIMEOUT_SECONDS": "3"},
    )


GOOGLE = (
    *(
        _google(f"{kind} twice", kind=kind, times=2, seconds=0.1, by_itself=True)
        for kind in ("quota", "unavailable")
    ),
    _google("quota for good", kind="quota", seconds=0.01, **FOR_EVER, by_itself=False),
    _google("no answer", kind="hang", seconds=4, by_itself=True),
    _google("token expired", kind="token_expired", by_itself=True),
    _google("token rejected", kind="token_rejected", **FOR_EVER, by_itself=False),
    _google("permission lost", kind="permission_lost", nth=3, **FOR_EVER, by_itself=False),
    _google("API switched off", kind="api_disabled", **FOR_EVER, by_itself=False),
    _google("half an answer", kind="truncated", operation="run_report", by_itself=False),
    *(
        _google(kind, kind=kind, operation="run_report", **FOR_EVER, by_itself=False)
        for kind in ("thresholded", "other_row", "sampled")
    ),
)
ADOBE = (
    *(
        _adobe(f"{kind} twice", kind=kind, operation="reports", nth=2, times=2, by_itself=True)
        for kind in ("quota", "unavailable", "html_502", "truncated_json")
    ),
    _adobe("token_expired once", kind="token_expired", operation="reports", by_itself=True),
    *(
        _adobe(f"{kind} for good", kind=kind, operation="reports", **FOR_EVER, by_itself=False)
        for kind in ("quota", "unavailable", "html_502", "truncated_json", "token_expired")
    ),
    *(
        _adobe(f"{kind} for the suites", kind=kind, operation="suites", times=2, by_itself=True)
        for kind in ("html_502", "truncated_json")
    ),
    _adobe(
        "quota in mid-day",
        stream="campaign_hour",
        kind="quota",
        operation="reports",
        nth=40,
        times=2,
        by_itself=True,
    ),
    _adobe(
        "quota in mid-day for good",
        stream="campaign_hour",
        kind="quota",
        operation="reports",
        nth=40,
        **FOR_EVER,
        by_itself=False,
    ),
    _adobe("no answer", kind="hang", operation="reports", seconds=4, by_itself=True),
    _adobe("half a page", kind="short_page", operation="reports", by_itself=False),
    _adobe(
        "half a page of an hour",
        stream="campaign_hour",
        kind="short_page",
        operation="reports",
        nth=40,
        by_itself=False,
    ),
    *(
        _adobe(
            f"{kind} answer", stream=stream, kind=kind, operation="reports", nth=3, by_itself=False
        )
        for kind in ("partial", "partial_visits")
        for stream in ("channel_day", "suite_day")
    ),
    _adobe(
        "permission lost",
        kind="permission_lost",
        operation="reports",
        nth=3,
        **FOR_EVER,
        by_itself=False,
    ),
    _adobe("no product profile", kind="no_profile", **FOR_EVER, by_itself=False),
    _adobe("IMS falters", asked_of="adobe_ims", kind="transient", by_itself=True),
    _adobe(
        "IMS falters for good", asked_of="adobe_ims", kind="transient", **FOR_EVER, by_itself=False
    ),
    _adobe(
        "tokens end at once", asked_of="adobe_ims", kind="short_lived", **FOR_EVER, by_itself=True
    ),
    _adobe(
        "secret revoked", asked_of="adobe_ims", kind="revoked_secret", **FOR_EVER, by_itself=False
    ),
)
