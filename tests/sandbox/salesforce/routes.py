"""Salesforce on the wire: OAuth, queries page by page, bulk jobs with locators.

Belongs here: tokens, pages, jobs, trouble. Does not: the records (records.py), SOQL (soql.py).
"""

from __future__ import annotations

import csv
import io
import time
from base64 import b64decode
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.sandbox.salesforce import soql
from tests.sandbox.salesforce.errors import HTML_502, REFUSALS, Refusal
from tests.sandbox.salesforce.records import OBJECTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from tests.sandbox.faults import Fault
    from tests.sandbox.state import Sandbox

CONSUMER = "sandbox-consumer-key:sandbox-consumer-secret"
INSTANCE = "https://sandbox.my.salesforce.com"
# Salesforce's are of 200 to 2,000; a small world shall have pages too.
ROWS_PER_PAGE = 50
OLDEST_VERSION = 31.0
ROOT = "/services/data/v{version}"


@dataclass
class _Job:
    columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    fault: Fault | None
    polls: int = 0


@dataclass
class _Org:
    sandbox: Sandbox
    pages: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    jobs: dict[str, _Job] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    numbers: count[int] = field(default_factory=lambda: count(1))

    def token(self, form: dict[str, str], authorization: str) -> Response:
        """The consumer's key and secret come as HTTP Basic."""
        self.sandbox.requests.add("salesforce", "token", None)
        fault = self.sandbox.faults.next("salesforce", "token", None, "")
        sent = b64decode(authorization.removeprefix("Basic ")).decode()
        if form.get("grant_type") != "client_credentials" or sent != CONSUMER or fault:
            body = {"error": "invalid_client", "error_description": "invalid client credentials"}
            return JSONResponse(body, status_code=400)
        token = f"00D!{uuid4().hex}"
        self.tokens.add(token)
        return JSONResponse(
            {"access_token": token, "instance_url": INSTANCE, "token_type": "Bearer"}
        )

    def query(self, version: str, text: str, authorization: str, *, deleted: bool) -> Response:
        fault = self._admit("query", version, authorization, text)
        if fault is not None and fault.kind == "html_502":
            return HTML_502
        rows = self._rows(text, fault, deleted=deleted)
        asked = soql.parse(text)
        shown = [
            {"attributes": {"type": asked.name}, **{k: soql.in_json(v) for k, v in row.items()}}
            for row in rows
        ]
        if fault is not None and fault.kind == "truncated":
            return JSONResponse({"totalSize": len(shown), "done": True, "records": shown[::2]})
        return self._page(version, shown, len(shown), 0, f"01g{next(self.numbers):09d}")

    def more(self, version: str, locator: str, authorization: str) -> Response:
        self._admit("query_more", version, authorization, "")
        name, _, start = locator.partition("-")
        if name not in self.pages:
            raise Refusal("INVALID_QUERY_LOCATOR", "invalid query locator")
        rows = self.pages[name]
        return self._page(version, rows, len(rows), int(start), name)

    def create_job(self, version: str, body: dict[str, Any], authorization: str) -> Response:
        fault = self._admit("create_job", version, authorization, body["query"])
        asked = soql.parse(body["query"])
        rows = self._rows(body["query"], fault, deleted=body["operation"] == "queryAll")
        job_id = f"750{next(self.numbers):012d}AAA"
        self.jobs[job_id] = _Job(asked.fields, rows, fault)
        return JSONResponse(
            {"id": job_id, "operation": body["operation"], "state": "UploadComplete"}
        )

    def job(self, version: str, job_id: str, authorization: str) -> Response:
        self._admit("job", version, authorization, job_id)
        job = self.jobs[job_id]
        job.polls += 1
        failed = job.fault is not None and job.fault.kind == "job_failed"
        state = "InProgress" if job.polls < 2 else "Failed" if failed else "JobComplete"
        told = {"id": job_id, "state": state}
        if state == "Failed":
            told["errorMessage"] = "InvalidBatch: internal error"
        return JSONResponse(told)

    def results(
        self, version: str, job_id: str, most: int, locator: str, authorization: str
    ) -> Response:
        self._admit("results", version, authorization, job_id)
        job, start = self.jobs[job_id], int(locator or 0)
        page = job.rows[start : start + most]
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(job.columns)
        writer.writerows([[soql.in_csv(row[name]) for name in job.columns] for row in page])
        end = start + len(page)
        headers = {
            "Sforce-Locator": str(end) if end < len(job.rows) else "null",
            "Sforce-NumberOfRecords": str(len(page)),
        }
        return Response(text.getvalue(), media_type="text/csv", headers=headers)

    def describe(self, version: str, name: str, authorization: str) -> Response:
        fault = self._admit("describe", version, authorization, name)
        if name not in OBJECTS:
            raise Refusal("NOT_FOUND", "The requested resource does not exist", status=404)
        rows = OBJECTS[name](self.sandbox.world, self.sandbox.as_of)
        hidden = _hidden(fault)
        fields = [{"name": one} for one in (rows[0] if rows else {}) if one != hidden]
        return JSONResponse({"name": name, "fields": fields})

    def _rows(self, text: str, fault: Fault | None, *, deleted: bool) -> list[dict[str, Any]]:
        world, as_of = self.sandbox.world, self.sandbox.as_of
        return soql.answer(soql.parse(text), world, as_of, deleted=deleted, hidden=_hidden(fault))

    def _page(
        self, version: str, rows: list[dict[str, Any]], total: int, start: int, name: str
    ) -> Response:
        self.pages[name] = rows
        end = start + ROWS_PER_PAGE
        body: dict[str, Any] = {
            "totalSize": total,
            "done": end >= len(rows),
            "records": rows[start:end],
        }
        if end < len(rows):
            body["nextRecordsUrl"] = f"/services/data/v{version}/query/{name}-{end}"
        return JSONResponse(body)

    def _admit(self, operation: str, version: str, authorization: str, text: str) -> Fault | None:
        self.sandbox.requests.add("salesforce", operation, None)
        if authorization.removeprefix("Bearer ") not in self.tokens:
            raise REFUSALS["expired_session"]
        if float(version) < OLDEST_VERSION:
            raise REFUSALS["version_retired"]
        fault = self.sandbox.faults.next("salesforce", operation, None, text)
        if fault is not None and fault.kind in REFUSALS:
            raise REFUSALS[fault.kind]
        if fault is not None and fault.kind == "hang":
            time.sleep(fault.seconds)
        return fault


def _hidden(fault: Fault | None) -> str | None:
    """A field that the user's profile may not see: to them it does not exist."""
    return "UTM_Campaign__c" if fault is not None and fault.kind == "hidden_field" else None


def routes(sandbox: Sandbox) -> list[Route]:
    org = _Org(sandbox)

    async def token(request: Request) -> Response:
        form = await request.form()
        return org.token({key: str(value) for key, value in form.items()}, _sent(request))

    def asked(request: Request, _: Any) -> Response:  # noqa: ANN401
        deleted = request.url.path.endswith(("queryAll", "queryAll/"))
        return org.query(
            _version(request), request.query_params["q"], _sent(request), deleted=deleted
        )

    def more(request: Request, _: Any) -> Response:  # noqa: ANN401
        locator = str(request.path_params["locator"])
        return org.more(_version(request), locator, _sent(request))

    def describe(request: Request, _: Any) -> Response:  # noqa: ANN401
        name = str(request.path_params["name"])
        return org.describe(_version(request), name, _sent(request))

    return [
        Route("/services/oauth2/token", token, methods=["POST"]),
        Route(f"{ROOT}/query/", _answering(asked)),
        Route(f"{ROOT}/queryAll/", _answering(asked)),
        Route(f"{ROOT}/query/{{locator}}", _answering(more)),
        Route(f"{ROOT}/sobjects/{{name}}/describe", _answering(describe)),
        *_job_routes(org),
    ]


def _job_routes(org: _Org) -> list[Route]:
    def create(request: Request, body: Any) -> Response:  # noqa: ANN401
        return org.create_job(_version(request), body, _sent(request))

    def look(request: Request, _: Any) -> Response:  # noqa: ANN401
        return org.job(_version(request), str(request.path_params["job_id"]), _sent(request))

    def results(request: Request, _: Any) -> Response:  # noqa: ANN401
        return org.results(
            _version(request),
            str(request.path_params["job_id"]),
            int(request.query_params.get("maxRecords", 50_000)),
            request.query_params.get("locator", ""),
            _sent(request),
        )

    return [
        Route(f"{ROOT}/jobs/query", _answering(create, reads_body=True), methods=["POST"]),
        Route(f"{ROOT}/jobs/query/{{job_id}}", _answering(look)),
        Route(f"{ROOT}/jobs/query/{{job_id}}/results", _answering(results)),
    ]


def _answering(answer: Callable[[Request, Any], Response], *, reads_body: bool = False) -> Any:  # noqa: ANN401
    async def answered(request: Request) -> Response:
        body = await request.json() if reads_body else None
        try:
            return await run_in_threadpool(answer, request, body)
        except Refusal as refusal:
            return refusal.response()

    return answered


def _sent(request: Request) -> str:
    return request.headers.get("authorization", "")


def _version(request: Request) -> str:
    return str(request.path_params["version"])
