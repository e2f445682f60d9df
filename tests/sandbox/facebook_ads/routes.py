"""Meta's Graph on the wire: versions, tokens, cursors, async reports, usage headers, trouble.

Belongs here: HTTP. Does not: what rows say (view.py, objects.py).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from tests.sandbox.facebook_ads import objects, view
from tests.sandbox.facebook_ads.breakdowns import HOURLY, checked
from tests.sandbox.facebook_ads.errors import REFUSALS, Refusal, missing_object, unknown_field

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.sandbox.faults import Fault
    from tests.sandbox.state import Sandbox
    from tests.sandbox.world.hierarchy import AdAccount

ACCESS_TOKEN = "sandbox-access-token"
APP_SECRET = "sandbox-app-secret"
PROOF = hmac.new(APP_SECRET.encode(), ACCESS_TOKEN.encode(), hashlib.sha256).hexdigest()
VERSIONS = {"v24.0", "v25.0", "v26.0"}
DEFAULT_LIMIT = 25
LEVELS = {"account", "campaign", "adset", "ad"}
WINDOWS = {"1d_click", "7d_click", "28d_click", "1d_view", "1d_ev"}
POLLS_UNTIL_DONE = 2
OBJECT_FIELDS = {
    "adaccounts": {
        "id", "account_id", "name", "currency", "timezone_name", "account_status", "business",
    },
    "campaigns": {
        "id", "name", "objective", "status", "effective_status", "buying_type", "created_time",
    },
    "adsets": {
        "id", "name", "campaign_id", "status", "effective_status", "optimization_goal",
        "billing_event", "attribution_spec",
    },
    "ads": {
        "id", "name", "adset_id", "campaign_id", "status", "effective_status", "creative",
    },
}  # fmt: skip
Params = dict[str, str]


@dataclass
class _Report:
    account: AdAccount
    params: Params
    fault: Fault | None
    polls: int = 0


@dataclass
class _Graph:
    sandbox: Sandbox
    reports: dict[str, _Report] = field(default_factory=dict)
    report_ids: count[int] = field(default_factory=lambda: count(6_000_000_000_000_001))

    def answer(self, method: str, version: str, path: str, params: Params) -> Response:
        head = path.split("/", maxsplit=1)[0]
        account_id = head.removeprefix("act_") if head.startswith("act_") else None
        headers = _usage(account_id)
        try:
            fault = self._admit(version, path, account_id, params)
            if fault is not None and fault.kind == "html_502":
                return HTMLResponse("<html><body>502 Bad Gateway</body></html>", status_code=502)
            return JSONResponse(self._route(method, version, path, params, fault), headers=headers)
        except Refusal as refusal:
            return refusal.response(headers)

    def _admit(
        self, version: str, path: str, account_id: str | None, params: Params
    ) -> Fault | None:
        operation = path.rsplit("/", maxsplit=1)[-1] if "/" in path else "object"
        self.sandbox.requests.add("facebook_ads", operation, account_id)
        if params.get("access_token") != ACCESS_TOKEN:
            raise Refusal("Invalid OAuth access token - Cannot parse access token", 190)
        if params.get("appsecret_proof") != PROOF:
            raise Refusal(
                "Invalid appsecret_proof provided in the API argument",
                100,
                kind="GraphMethodException",
            )
        if version not in VERSIONS:
            raise REFUSALS["version_retired"]
        shown = json.dumps({k: v for k, v in params.items() if k != "access_token"})
        fault = self.sandbox.faults.next("facebook_ads", operation, account_id, shown)
        if fault is not None and fault.kind in REFUSALS:
            raise REFUSALS[fault.kind]
        if fault is not None and fault.kind == "hang":
            time.sleep(fault.seconds)
        return fault

    def _route(
        self, method: str, version: str, path: str, params: Params, fault: Fault | None
    ) -> dict[str, Any]:
        today = self.sandbox.as_of.date()
        match path.split("/"):
            case ["me", "adaccounts"] | [objects.BUSINESS_ID, "owned_ad_accounts"]:
                rows = [
                    objects.ad_account(one) for one in self.sandbox.world.accounts("facebook_ads")
                ]
                return _page(_chosen(rows, "adaccounts", params), version, path, params, fault)
            case [objects.BUSINESS_ID, "client_ad_accounts"]:
                return {"data": []}
            case [name] if name in self.reports:
                return self._status(name)
            case [name, "insights"] if name in self.reports:
                report = self.reports[name]
                rows = self._insights(report.account, report.params)
                return _page(_tampered(rows, fault), version, path, params, fault)
            case [name] if name.startswith("act_"):
                account = self._account(name)
                return _chosen([objects.ad_account(account)], "adaccounts", params)[0]
            case [name, "insights"] if method == "POST":
                account = self._account(name)
                self._question(params)
                report_id = str(next(self.report_ids))
                self.reports[report_id] = _Report(account, params, fault)
                return {"report_run_id": report_id}
            case [name, "insights"]:
                rows = self._insights(self._account(name), params)
                return _page(_tampered(rows, fault), version, path, params, fault)
            case [name, edge] if edge in OBJECT_FIELDS:
                account = self._account(name)
                rows = objects.edge(account, edge, account.local_day(self.sandbox.as_of))
                return _page(_chosen(rows, edge, params), version, path, params, fault)
        raise missing_object(f"{path} on {today}")

    def _account(self, name: str) -> AdAccount:
        account = self.sandbox.world.account("facebook_ads", name.removeprefix("act_"))
        if account is None:
            raise missing_object(name)
        if not account.readable:
            raise REFUSALS["permission_lost"]
        return account

    def _status(self, report_id: str) -> dict[str, Any]:
        report = self.reports[report_id]
        report.polls += 1
        status, percent = "Job Completed", 100
        if report.fault is not None and report.fault.kind == "async_failed":
            status, percent = "Job Failed", 40
        elif report.fault is not None and report.fault.kind == "async_stuck":
            status = "Job Running"
        elif report.polls < POLLS_UNTIL_DONE:
            status, percent = "Job Running", 30
        return {"id": report_id, "async_status": status, "async_percent_completion": percent}

    def _insights(self, account: AdAccount, params: Params) -> list[view.Row]:
        asked = self._question(params)
        return list(view.insights(self.sandbox.world, account, asked, self.sandbox.as_of))

    def _question(self, params: Params) -> view.Question:
        fields = tuple(name for name in params.get("fields", "").split(",") if name)
        for name in fields:
            if name not in view.FIELDS:
                raise unknown_field(name)
        asked = [one for one in _listed(params.get("breakdowns", "")) if one]
        breakdowns = checked(asked)
        if breakdowns == (HOURLY,) and "reach" in fields:
            raise Refusal("(#100) reach is not available with hourly breakdowns", 100)
        windows = tuple(_listed(params.get("action_attribution_windows", "")))
        if set(windows) - WINDOWS - {""}:
            raise Refusal("(#100) Param action_attribution_windows must be one of the enum", 100)
        level = params.get("level", "account")
        if level not in LEVELS:
            raise Refusal("(#100) Param level must be one of {ad, adset, campaign, account}", 100)
        start, last = _time_range(params)
        return view.Question(
            level=level,
            fields=fields,
            start=start,
            end=last + timedelta(days=1),
            daily=params.get("time_increment") == "1",
            breakdowns=breakdowns,
            windows=windows,
        )


def routes(sandbox: Sandbox) -> list[Route]:
    graph = _Graph(sandbox)

    def get(request: Request) -> Response:
        path = request.path_params["path"]
        return graph.answer("GET", request.path_params["version"], path, dict(request.query_params))

    async def post(request: Request) -> Response:
        form = {key: str(value) for key, value in (await request.form()).items()}
        params = {**request.query_params, **form}
        return graph.answer(
            "POST", request.path_params["version"], request.path_params["path"], params
        )

    pattern = "/{version}/{path:path}"
    return [Route(pattern, get, methods=["GET"]), Route(pattern, post, methods=["POST"])]


def _time_range(params: Params) -> tuple[date, date]:
    try:
        found = json.loads(params["time_range"])
        return date.fromisoformat(found["since"]), date.fromisoformat(found["until"])
    except (KeyError, ValueError) as error:
        raise Refusal("(#100) Param time_range must be a valid time range", 100) from error


def _listed(text: str) -> list[str]:
    return list(json.loads(text)) if text.startswith("[") else text.split(",") if text else []


def _chosen(rows: list[dict[str, Any]], edge: str, params: Params) -> list[dict[str, Any]]:
    # `creative{url_tags}` expands an object; the whole object is answered anyway.
    wanted = [one for one in re.sub(r"\{[^}]*\}", "", params.get("fields", "id")).split(",") if one]
    for name in wanted:
        if name not in OBJECT_FIELDS[edge]:
            raise Refusal(
                f"(#100) Tried accessing nonexisting field ({name}) on node type ({edge})", 100
            )
    return [{name: row[name] for name in dict.fromkeys(["id", *wanted])} for row in rows]


def _page(
    rows: list[dict[str, Any]], version: str, path: str, params: Params, fault: Fault | None
) -> dict[str, Any]:
    limit = int(params.get("limit", DEFAULT_LIMIT))
    start = int(base64.b64decode(params["after"])) if params.get("after") else 0
    empty = fault is not None and fault.kind == "empty_page_with_next"
    end = start if empty else start + limit
    paging: dict[str, Any] = {"cursors": {"before": _cursor(start), "after": _cursor(end)}}
    if end < len(rows):
        secrets = f"access_token={ACCESS_TOKEN}&appsecret_proof={PROOF}"
        paging["next"] = f"/{version}/{path}?{secrets}&limit={limit}&after={_cursor(end)}"
    return {"data": rows[start:end], "paging": paging} if rows else {"data": []}


def _cursor(position: int) -> str:
    return base64.b64encode(str(position).encode()).decode()


def _tampered(rows: list[view.Row], fault: Fault | None) -> list[view.Row]:
    if fault is None:
        return rows
    if fault.kind == "truncated":
        return rows[: len(rows) // 2]
    if fault.kind == "vanish_row":
        return rows[1:]
    if fault.kind == "wrong_control_totals":
        return [{**row, "impressions": str(int(str(row["impressions"])) + 1)} for row in rows]
    return rows


def _usage(account_id: str | None) -> dict[str, str]:
    headers = {"x-app-usage": json.dumps({"call_count": 3, "total_time": 2, "total_cputime": 1})}
    if account_id is not None:
        usage = {"type": "ads_insights", "call_count": 5, "total_cputime": 2, "total_time": 3}
        headers["x-business-use-case-usage"] = json.dumps(
            {account_id: [{**usage, "estimated_time_to_regain_access": 0}]}
        )
        headers["x-fb-ads-insights-throttle"] = json.dumps(
            {"app_id_util_pct": 1.0, "acc_id_util_pct": 2.0, "ads_api_access_tier": "standard"}
        )
    return headers
