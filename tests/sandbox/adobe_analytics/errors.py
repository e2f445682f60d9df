"""How Adobe refuses: IMS by OAuth's words, the gateway by `error_code`, reports by `errorCode`.

Belongs here: wording and status. Does not: when to refuse.
Source: developer.adobe.com/analytics-apis/docs/2.0/guides/endpoints/reports and its FAQ; RFC 6749.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import JSONResponse


@dataclass
class Refusal(Exception):
    status: int
    body: dict[str, str]

    def response(self) -> JSONResponse:
        return JSONResponse(self.body, status_code=self.status)


def gateway(status: int, code: str, message: str) -> Refusal:
    return Refusal(status, {"error_code": code, "message": message})


def report(status: int, code: str, description: str) -> Refusal:
    body = {"errorCode": code, "errorDescription": description, "errorId": "0a1b2c3d"}
    return Refusal(status, body)


def token(status: int, error: str, description: str) -> Refusal:
    return Refusal(status, {"error": error, "error_description": description})


NOT_A_TOKEN = gateway(401, "401013", "Oauth token is not valid")
NO_API_KEY = gateway(403, "403000", "Api Key is required")
NOT_ENABLED = gateway(403, "403025", "Profile is not valid")
UNKNOWN_COMPANY = gateway(404, "404001", "Global company id is not valid")
NOT_PERMITTED = report(
    403, "unauthorized_report_suite", "The user does not have access to this report suite"
)
REFUSALS = {
    "quota": gateway(429, "429050", "Too many requests"),
    "unavailable": report(504, "gateway_timeout", "The report took too long"),
    "permission_lost": NOT_PERMITTED,
    "no_profile": NOT_ENABLED,
    "token_expired": NOT_A_TOKEN,
}
INVALID_SECRET = token(400, "invalid_client", "invalid client_secret parameter")
