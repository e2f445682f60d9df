"""How Salesforce refuses: its error bodies.

Source: developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm.
"""

from __future__ import annotations

from starlette.responses import HTMLResponse, JSONResponse, Response


class Refusal(Exception):
    """A body of Salesforce's form: a list of errors."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status

    def response(self) -> Response:
        body = [{"message": self.message, "errorCode": self.code}]
        return JSONResponse(body, status_code=self.status)


REFUSALS = {
    "expired_session": Refusal("INVALID_SESSION_ID", "Session expired or invalid", status=401),
    "quota": Refusal("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403),
    "permission_lost": Refusal(
        "INSUFFICIENT_ACCESS", "insufficient access rights on object id", status=403
    ),
    "api_disabled": Refusal("API_DISABLED_FOR_ORG", "The REST API is not enabled.", status=403),
    "query_timeout": Refusal("QUERY_TIMEOUT", "Your query request was running for too long."),
    "transient": Refusal("UNKNOWN_EXCEPTION", "An unexpected error occurred.", status=500),
    "unavailable": Refusal("SERVER_UNAVAILABLE", "The server is too busy.", status=503),
    "version_retired": Refusal("UNSUPPORTED_API_VERSION", "Invalid Api version", status=404),
}
HTML_502 = HTMLResponse("<html><body>502 Bad Gateway</body></html>", status_code=502)
