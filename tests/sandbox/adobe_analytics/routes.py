"""Adobe on the wire: IMS tokens, the list of report suites, the one endpoint for reports, trouble.

Belongs here: HTTP, pages, columns that fail. Does not: what the numbers are (view.py).
"""

from __future__ import annotations

import json
import time
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tests.sandbox.adobe_analytics import errors, view
from tests.sandbox.adobe_analytics.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from tests.sandbox.faults import Fault
    from tests.sandbox.state import Sandbox

CLIENT_ID = "sandbox-adobe-client"
CLIENT_SECRET = "sandbox-adobe-secret"
LIFETIME_SECONDS = 86_399
ROWS_BY_DEFAULT = 50
SUITES_PER_PAGE = 1
ERRORS_OF = {"partial": "metrics/orders", "partial_visits": "metrics/entries"}


def routes(sandbox: Sandbox) -> list[Route]:
    async def token(request: Request) -> Response:
        form = {key: str(value) for key, value in (await request.form()).items()}
        try:
            return JSONResponse(_token(sandbox, form))
        except Refusal as refusal:
            return refusal.response()

    def suites(request: Request) -> Response:
        return _answer(sandbox, request, "suites", None, lambda _: _suites(request))

    async def reports(request: Request) -> Response:
        asked = await request.json()

        def report(fault: Fault | None) -> Response:
            return _report(sandbox, asked, fault)

        return _answer(sandbox, request, "reports", asked, report)

    return [
        Route("/ims/token/v3", token, methods=["POST"]),
        Route("/api/{company}/collections/suites", suites, methods=["GET"]),
        Route("/api/{company}/reports", reports, methods=["POST"]),
    ]


def _token(sandbox: Sandbox, form: dict[str, str]) -> dict[str, object]:
    sandbox.requests.add("adobe_ims", "token", None)
    fault = sandbox.faults.next("adobe_ims", "token", None, "")
    revoked = fault is not None and fault.kind == "revoked_secret"
    if fault is not None and fault.kind == "transient":
        raise errors.token(503, "server_error", "Try again")
    if form.get("client_secret") != CLIENT_SECRET or revoked:
        raise errors.INVALID_SECRET
    if form.get("client_id") != CLIENT_ID:
        raise errors.token(400, "invalid_client", "invalid client_id parameter")
    if form.get("grant_type") != "client_credentials" or "openid" not in form.get("scope", ""):
        raise errors.token(400, "invalid_request", "invalid grant_type or scope")
    access_token = f"sandbox-adobe-access-{uuid4().hex}"
    sandbox.access_tokens.add(access_token)
    lifetime = 0 if fault is not None and fault.kind == "short_lived" else LIFETIME_SECONDS
    return {"access_token": access_token, "token_type": "bearer", "expires_in": lifetime}


def _answer(
    sandbox: Sandbox,
    request: Request,
    operation: str,
    asked: dict[str, Any] | None,
    answer: Callable[[Fault | None], Response],
) -> Response:
    rsid = asked["rsid"] if asked else None
    sandbox.requests.add("adobe_analytics", operation, rsid)
    try:
        _admit(sandbox, request)
        text = json.dumps(asked) if asked else ""
        fault = sandbox.faults.next("adobe_analytics", operation, rsid, text)
        if fault is not None and fault.kind in errors.REFUSALS:
            if fault.kind == "token_expired":
                sandbox.access_tokens.discard(_bearer(request))
            raise errors.REFUSALS[fault.kind]
        if fault is not None and fault.kind == "html_502":
            return HTMLResponse("<html><body>502 Bad Gateway</body></html>", status_code=502)
        if fault is not None and fault.kind == "hang":
            time.sleep(fault.seconds)
        found = answer(fault)
    except Refusal as refusal:
        return refusal.response()
    if fault is not None and fault.kind == "truncated_json":
        return Response(found.body[: len(found.body) // 2], media_type="application/json")
    return found


def _admit(sandbox: Sandbox, request: Request) -> None:
    token = _bearer(request)
    if not token.startswith("sandbox-adobe-") or token not in sandbox.access_tokens:
        raise errors.NOT_A_TOKEN
    if request.headers.get("x-api-key") != CLIENT_ID:
        raise errors.NO_API_KEY
    company = request.path_params["company"]
    if company != view.COMPANY or request.headers.get("x-proxy-global-company-id") != company:
        raise errors.UNKNOWN_COMPANY


def _bearer(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def _suites(request: Request) -> Response:
    """One suite a page, so that whoever does not turn pages misses the others."""
    at = int(request.query_params.get("page", 0))
    shown = view.SUITES[at * SUITES_PER_PAGE : (at + 1) * SUITES_PER_PAGE]
    expanded = set(request.query_params.get("expansion", "").split(","))
    content = []
    for suite in shown:
        kind = "virtualreportsuite" if suite.parent else "reportsuite"
        more = {
            "name": suite.name,
            "currency": suite.currency,
            "timezoneZoneinfo": suite.time_zone,
            "parentRsid": suite.parent,
        }
        content.append(
            {
                "collectionItemType": kind,
                "rsid": suite.rsid,
                **{name: value for name, value in more.items() if name in expanded and value},
            }
        )
    pages = -(-len(view.SUITES) // SUITES_PER_PAGE)
    return JSONResponse({"content": content, **_paging(at, pages, len(shown), len(view.SUITES))})


def _report(sandbox: Sandbox, asked: dict[str, Any], fault: Fault | None) -> Response:
    suite = view.readable(asked["rsid"])
    columns = [(one["columnId"], one["id"]) for one in asked["metricContainer"]["metrics"]]
    failed = {
        column: "unauthorized_metric" if metric in view.METRICS else "not_enabled_metric"
        for column, metric in columns
        if metric not in view.METRICS or (fault and ERRORS_OF.get(fault.kind) == metric)
    }
    good = [(column, metric) for column, metric in columns if column not in failed]
    question = _question(asked, tuple(metric for _, metric in good))
    found = view.rows(sandbox.world, suite, question, sandbox.as_of)
    settings = asked.get("settings", {})
    found.sort(key=lambda row: row.item_id)
    if settings.get("dimensionSort") != "asc":
        found.sort(key=lambda row: row.data[:1], reverse=True)
    limit, at = settings.get("limit", ROWS_BY_DEFAULT), settings.get("page", 0)
    page = found[at * limit : (at + 1) * limit]
    if fault is not None and fault.kind == "short_page":
        page = page[: len(page) // 2]
    totals = view.totals(sandbox.world, suite, question, sandbox.as_of)
    body = {
        **_paging(at, -(-len(found) // limit), len(page), len(found)),
        "columns": {
            "dimension": {"id": question.dimension, "type": _type(question.dimension)},
            "columnIds": [column for column, _ in good],
            **({"columnErrors": [_failure(*one) for one in failed.items()]} if failed else {}),
        },
        "rows": [
            {"itemId": row.item_id, "value": row.value, "data": list(row.data)} for row in page
        ],
        "summaryData": {"filteredTotals": totals, "totals": totals},
    }
    return JSONResponse(body, status_code=206 if failed else 200)


def _paging(at: int, pages: int, shown: int, total: int) -> dict[str, object]:
    return {
        "totalPages": pages,
        "firstPage": at == 0,
        "lastPage": at + 1 >= pages,
        "numberOfElements": shown,
        "number": at,
        "totalElements": total,
    }


def _failure(column: str, code: str) -> dict[str, str]:
    return {
        "columnId": column,
        "errorCode": code,
        "errorId": "0a1b2c3d",
        "errorDescription": "The metric is not available to this user or report suite",
    }


def _type(dimension: str) -> str:
    return "time" if dimension.startswith("variables/daterange") else "string"


def _question(asked: dict[str, Any], metrics: tuple[str, ...]) -> view.Asked:
    """Raises Refusal for what this stand-in does not answer."""
    filters = asked["globalFilters"]
    ranges = [one["dateRange"] for one in filters if one["type"] == "dateRange"]
    if len(ranges) != 1:
        raise errors.report(400, "invalid_data", "Exactly one date range is required")
    breakdowns = {
        (one["dimension"], str(one["itemId"]))
        for one in asked["metricContainer"].get("metricFilters", [])
        if one["type"] == "breakdown"
    }
    if len(breakdowns) > 1 or any(name != "variables/daterangehour" for name, _ in breakdowns):
        raise errors.report(400, "invalid_data", "A breakdown by one hour is answered here")
    return view.Asked(
        days=_range(ranges[0]),
        dimension=asked["dimension"],
        metrics=metrics,
        segments=tuple(one["segmentId"] for one in filters if one["type"] == "segment"),
        hour=next((item for _, item in breakdowns), None),
    )


def _range(text: str) -> tuple[date, ...]:
    """Whole days; the end is excluded."""
    try:
        start, end = (datetime.fromisoformat(part) for part in text.split("/"))
    except ValueError as error:
        raise errors.report(400, "invalid_data", f"Invalid date range {text}") from error
    if start.time() != end.time() or start.hour or end <= start:
        raise errors.report(400, "invalid_data", "Whole days are what is answered here")
    return tuple(start.date() + timedelta(days=n) for n in range((end - start).days))
