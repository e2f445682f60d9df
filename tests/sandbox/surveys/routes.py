"""Qualtrics' response exports: started, made in the background, downloaded.

Belongs here: the wire and its refusals. Does not: opinions (respondents).
Source: api.qualtrics.com, "Exporting Responses Overview" and "Error Responses".
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.sandbox.surveys.respondents import answered_between

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.sandbox.faults import Fault
    from tests.sandbox.state import Sandbox
    from tests.sandbox.surveys.respondents import Respondent

TOKEN = "sandbox-qualtrics-token"
SURVEY_ID, NAME = "SV_5kOQnHmbT1yQxzE", "After the purchase"
HEARD = ["google", "facebook", "organic", "newsletter", "friends", "elsewhere", "no memory"]
REFUSALS = {
    "unauthorised": (401, "AUTH_1", "Unrecognized API token."),
    "forbidden": (403, "AUTHZ_1", "User is not authorized to view responses."),
    "rate_limited": (429, "RTL_1", "Rate limit exceeded."),
    "transient": (503, "ISE_2", "There was a temporary problem with the server."),
}


@dataclass
class _Export:
    """`looks` is how often it was asked whether it is there."""

    start: datetime
    end: datetime
    looks: int = 0


def routes(sandbox: Sandbox) -> list[Route]:
    wire = _Wire(sandbox)
    of_survey = "/API/v3/surveys/{survey_id}/export-responses"
    return [
        Route(of_survey, wire.start, methods=["POST"]),
        Route(f"{of_survey}/{{progress_id}}", wire.progress),
        Route(f"{of_survey}/{{file_id}}/file", wire.download),
    ]


@dataclass
class _Wire:
    sandbox: Sandbox
    exports: dict[str, _Export] = field(default_factory=dict)

    async def start(self, request: Request) -> JSONResponse:
        refusal, _ = self._refused(request, "start")
        if refusal is not None:
            return refusal
        body = await request.json()
        if body.get("format") != "json" or "startDate" not in body or "endDate" not in body:
            return _refusal(400, "RP_1", "Invalid parameters in the request body.")
        progress_id = f"ES_{uuid4().hex[:15]}"
        self.exports[progress_id] = _Export(_instant(body["startDate"]), _instant(body["endDate"]))
        return _result({"progressId": progress_id, "percentComplete": 0.0, "status": "inProgress"})

    def progress(self, request: Request) -> JSONResponse:
        refusal, fault = self._refused(request, "progress")
        if refusal is not None:
            return refusal
        progress_id = request.path_params["progress_id"]
        export = self.exports.get(progress_id)
        if export is None:
            return _refusal(404, "RP_2", "The export does not exist.")
        export.looks += 1
        if fault is not None and fault.kind == "failed_export":
            return _result({"fileId": None, "percentComplete": 100.0, "status": "failed"})
        if export.looks == 1:
            return _result({"percentComplete": 40.0, "status": "inProgress"})
        return _result({"fileId": progress_id, "percentComplete": 100.0, "status": "complete"})

    def download(self, request: Request) -> Response:
        refusal, fault = self._refused(request, "file")
        if refusal is not None:
            return refusal
        export = self.exports[request.path_params["file_id"]]
        end = min(export.end, self.sandbox.as_of)
        found = answered_between(self.sandbox.world, "after_purchase", export.start, end)
        content = _zip([*map(_response, found), _preview(export.start)])
        if fault is not None and fault.kind == "truncated":
            content = content[: len(content) // 2]
        return Response(content, media_type="application/zip")

    def _refused(
        self, request: Request, operation: str
    ) -> tuple[JSONResponse | None, Fault | None]:
        self.sandbox.requests.add("surveys", operation, SURVEY_ID)
        fault = self.sandbox.faults.next("surveys", operation, SURVEY_ID, "")
        if fault is not None and fault.kind in REFUSALS:
            status, code, words = REFUSALS[fault.kind]
            return _refusal(status, code, words), None
        if request.headers.get("x-api-token") != TOKEN:
            return _refusal(401, "AUTH_1", "Unrecognized API token."), None
        if request.path_params["survey_id"] != SURVEY_ID:
            return _refusal(404, "SQ_1", "The survey does not exist."), None
        return None, fault


def _response(one: Respondent) -> dict[str, Any]:
    recorded = f"{one.at:%Y-%m-%dT%H:%M:%SZ}"
    values: dict[str, Any] = {
        "startDate": recorded,
        "endDate": recorded,
        "status": 0,
        "ipAddress": "203.0.113.7",
        "progress": 100,
        "duration": 61,
        "finished": 1,
        "recordedDate": recorded,
        "_recordId": f"R_{one.key}",
        "recipientFirstName": one.first_name,
        "recipientEmail": one.email,
        "distributionChannel": "email",
        "userLanguage": one.language,
        "QID1": one.recommends,
        "QID1_NPS_GROUP": 1 + (one.recommends > 6) + (one.recommends > 8),
        "QID2": HEARD.index(one.heard) + 1,
        "QID3": one.ease,
    }
    if one.says:
        values["QID4_TEXT"] = one.says
    return {"responseId": f"R_{one.key}", "values": values, "displayedFields": list(values)}


def _preview(at: datetime) -> dict[str, Any]:
    """What the survey's makers clicked together; every export has some."""
    recorded = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    values = {"status": 1, "finished": 1, "recordedDate": recorded, "QID1": 0}
    return {"responseId": "R_preview", "values": values}


def _zip(responses: list[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{NAME}.json", json.dumps({"responses": responses}))
    return buffer.getvalue()


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def _result(result: dict[str, Any]) -> JSONResponse:
    meta = {"requestId": str(uuid4()), "httpStatus": "200 - OK"}
    return JSONResponse({"result": result, "meta": meta})


def _refusal(status: int, code: str, words: str) -> JSONResponse:
    error = {"errorCode": code, "errorMessage": words}
    meta = {"requestId": str(uuid4()), "httpStatus": f"{status}", "error": error}
    return JSONResponse({"meta": meta}, status_code=status)
