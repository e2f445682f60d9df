"""Google's OAuth 2.0 token endpoint: a refresh token becomes an access token.

Belongs here: the refresh grant and its refusals. Does not: what a token may read.
Source: RFC 6749 section 5.2; developers.google.com/identity/protocols/oauth2/web-server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.responses import JSONResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from tests.sandbox.state import Sandbox

CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-secret"
REFRESH_TOKEN = "sandbox-refresh-token"
LIFETIME_SECONDS = 3599


def routes(sandbox: Sandbox) -> list[Route]:
    async def token(request: Request) -> JSONResponse:
        form = await request.form()
        sandbox.requests.add("oauth", "token", None)
        fault = sandbox.faults.next("oauth", "token", None, "")
        if fault is not None and fault.kind == "transient":
            return _refusal("temporarily_unavailable", "Try again.", status=503)
        if form.get("client_id") != CLIENT_ID or form.get("client_secret") != CLIENT_SECRET:
            return _refusal("invalid_client", "The OAuth client was not found.", status=401)
        if form.get("grant_type") != "refresh_token":
            return _refusal("unsupported_grant_type", "Invalid grant_type.", status=400)
        revoked = fault is not None and fault.kind == "revoked_token"
        if form.get("refresh_token") != REFRESH_TOKEN or revoked:
            return _refusal("invalid_grant", "Token has been expired or revoked.", status=400)
        access_token = f"sandbox-access-{uuid4().hex}"
        sandbox.access_tokens.add(access_token)
        return JSONResponse(
            {
                "access_token": access_token,
                "expires_in": LIFETIME_SECONDS,
                "scope": "https://www.googleapis.com/auth/adwords",
                "token_type": "Bearer",
            }
        )

    return [Route("/oauth2/token", token, methods=["POST"])]


def _refusal(error: str, description: str, *, status: int) -> JSONResponse:
    return JSONResponse({"error": error, "error_description": description}, status_code=status)
