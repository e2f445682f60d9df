"""What the company's own systems do to us: the CRM and surveys.

Belongs here: every kind of trouble that the sandbox can make, and what happens to files that we
are given. Does not: the books (finance_faults.py), what came of it (trials.py).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from shared_policies.platform.days import DayRange
from tests.scenarios.faults.trouble import (
    ASKED,
    FOR_EVER,
    PlatformFault,
    cut,
    gone,
    in_files,
    on_the_wire,
)

if TYPE_CHECKING:
    from collections.abc import Callable

# Few enough to be asked page by page; ASKED is a bulk job.
BY_PAGES = DayRange(start=ASKED.start, end=date(2026, 10, 29))


def _salesforce(
    name: str, *, by_itself: bool, asked: DayRange = BY_PAGES, **plan: object
) -> PlatformFault:
    return PlatformFault(
        name=f"salesforce {'by pages' if asked is BY_PAGES else 'in bulk'}: {name}",
        source="salesforce",
        stream="lead",
        trouble=on_the_wire("salesforce", **plan),
        by_itself=by_itself,
        asked=asked,
        settings={"SALESFORCE_REQUEST_TIMEOUT_SECONDS": "3"},
    )


def _exported(name: str, *, by_itself: bool, **plan: object) -> PlatformFault:
    return PlatformFault(
        name=f"surveys from Qualtrics: {name}",
        source="surveys",
        stream="answer",
        trouble=on_the_wire("surveys", **plan),
        by_itself=by_itself,
    )


def _dropped(name: str, path: str, damage: Callable[[Path], None]) -> PlatformFault:
    return PlatformFault(
        name=f"surveys from files: {name}",
        source="surveys",
        stream="answer",
        trouble=in_files(lambda sandbox: Path(sandbox.files_dir) / "surveys" / path, damage),
        by_itself=False,
    )


SALESFORCE = (
    *(
        _salesforce(
            f"{operation}: {kind} twice",
            asked=asked,
            operation=operation,
            kind=kind,
            times=2,
            by_itself=True,
        )
        for asked, operation, kinds in (
            (BY_PAGES, "describe", ("expired_session", "transient", "unavailable")),
            (BY_PAGES, "query", ("expired_session", "transient", "unavailable")),
            (BY_PAGES, "query_more", ("expired_session", "transient", "unavailable")),
            (ASKED, "create_job", ("expired_session", "transient")),
            (ASKED, "job", ("transient", "unavailable")),
            (ASKED, "results", ("expired_session", "unavailable")),
        )
        for kind in kinds
    ),
    *(
        _salesforce(
            f"{kind} for good",
            operation="query",
            stream="FROM Lead",
            kind=kind,
            **FOR_EVER,
            by_itself=False,
        )
        for kind in (
            "api_disabled",
            "expired_session",
            "html_502",
            "permission_lost",
            "query_timeout",
            "quota",
            "transient",
            "truncated",
            "version_retired",
        )
    ),
    *(
        _salesforce(
            f"{kind} once", operation="query", stream="FROM Lead", kind=kind, by_itself=True
        )
        for kind in ("html_502", "query_timeout", "truncated")
    ),
    _salesforce("no answer", operation="query", kind="hang", seconds=4, by_itself=True),
    _salesforce(
        "a field is hidden", operation="describe", kind="hidden_field", **FOR_EVER, by_itself=False
    ),
    _salesforce(
        "a field is hidden in mid-run",
        operation="query",
        stream="FROM Lead",
        kind="hidden_field",
        **FOR_EVER,
        by_itself=False,
    ),
    _salesforce(
        "nobody can log in", operation="token", kind="refused", **FOR_EVER, by_itself=False
    ),
    *(
        _salesforce(
            f"{kind} for good",
            asked=ASKED,
            operation=operation,
            kind=kind,
            **FOR_EVER,
            by_itself=False,
        )
        for operation, kind in (
            ("create_job", "job_failed"),
            ("create_job", "quota"),
            ("results", "permission_lost"),
        )
    ),
    _salesforce(
        "a job fails once", asked=ASKED, operation="create_job", kind="job_failed", by_itself=True
    ),
)
SURVEYS = (
    *(
        _exported(
            f"{operation}: {kind} twice", operation=operation, kind=kind, times=2, by_itself=True
        )
        for operation in ("start", "progress", "file")
        for kind in ("rate_limited", "transient")
    ),
    _exported("an export fails", operation="progress", kind="failed_export", by_itself=False),
    _exported("half a file", operation="file", kind="truncated", by_itself=True),
    _exported(
        "half of every file", operation="file", kind="truncated", **FOR_EVER, by_itself=False
    ),
    *(
        _exported(f"{kind} for good", operation=operation, kind=kind, **FOR_EVER, by_itself=False)
        for operation, kind in (
            ("start", "unauthorised"),
            ("start", "forbidden"),
            ("progress", "rate_limited"),
            ("file", "transient"),
        )
    ),
    _dropped("a table half copied", "brand_tracker/wave 2026-11.csv", cut),
    _dropped("a workbook half copied", "brand_tracker/wave 2026-10.xlsx", cut),
    _dropped("a file gone", "brand_tracker/wave 2026-10.xlsx", gone),
    _dropped("the folder gone", "brand_tracker", gone),
)
