"""Adobe Analytics 2.0 by httpx: tokens, the two endpoints, and what its refusals mean.

Belongs here: OAuth server-to-server, headers, error codes, how often one may ask. Does not: what is
asked (adobe_analytics_streams.py), when an answer is complete (adobe_analytics_answers.py).
Source: developer.adobe.com/analytics-apis/docs/2.0.
"""

from __future__ import annotations

from json import JSONDecodeError
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

import httpx

from shared_policies.platform.errors import (
    CredentialsRejected,
    MisconfiguredSetting,
    NeedsPerson,
    PermissionMissing,
    PipelineError,
    QuotaExhausted,
    TransientFault,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from marketing_domain.settings import AdobeAnalyticsSettings

SOURCE = "adobe_analytics"
API_VERSION = "2.0"
SCOPES = "openid,AdobeID,additional_info.projectedProductContext"
# A token that ends while a report is computed would be refused.
RENEWED_BEFORE_SECONDS = 60
UNAUTHORIZED, TOO_MANY_REQUESTS, SERVER_ERROR = 401, 429, 500
AUTHORISE = (
    "Look up the OAuth Server-to-Server credential in Adobe Developer Console and set"
    " ADOBE_ANALYTICS_CLIENT_ID and ADOBE_ANALYTICS_CLIENT_SECRET."
)
# What the reader does about each status.
BY_STATUS: dict[int, tuple[type[PipelineError], str]] = {
    400: (MisconfiguredSetting, "Check ADOBE_ANALYTICS_SEGMENT_IDS and the names of variables."),
    401: (CredentialsRejected, AUTHORISE),
    403: (PermissionMissing, "Give the credential's product profile this report suite."),
    404: (MisconfiguredSetting, "Set ADOBE_ANALYTICS_COMPANY_ID to the global company id."),
}
# Where Adobe's own code says more than the status.
BY_CODE: dict[str, tuple[type[PipelineError], str]] = {
    "403025": (
        CredentialsRejected,
        "Add the credential to a product profile of Adobe Analytics in the Admin Console.",
    ),
    "403000": (CredentialsRejected, AUTHORISE),
}


class ServerToServer(httpx.Auth):
    """OAuth by client credentials: one token for all threads, until it ends or is refused.

    A refused token is renewed once a request; a second refusal is the answer.
    """

    requires_response_body = True

    def __init__(self, settings: AdobeAnalyticsSettings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._token = ""
        self._ends_at = 0.0

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        used = yield from self._valid_token(refused=None)
        request.headers["Authorization"] = f"Bearer {used}"
        response = yield request
        if response.status_code == UNAUTHORIZED:
            used = yield from self._valid_token(refused=used)
            request.headers["Authorization"] = f"Bearer {used}"
            yield request

    def _valid_token(self, *, refused: str | None) -> Generator[httpx.Request, httpx.Response, str]:
        """Another thread may have renewed it since `refused` was sent."""
        with self._lock:
            if self._token in {"", refused} or monotonic() >= self._ends_at:
                response = yield self._token_request()
                response.read()
                found = _granted(response)
                self._token = found["access_token"]
                lifetime = float(found["expires_in"]) - RENEWED_BEFORE_SECONDS
                self._ends_at = monotonic() + lifetime
            return self._token

    def _token_request(self) -> httpx.Request:
        settings = self._settings
        secret = settings.client_secret
        return httpx.Request(
            "POST",
            f"{settings.ims_url}/ims/token/v3",
            data={
                "grant_type": "client_credentials",
                "client_id": settings.client_id or "",
                "client_secret": secret.get_secret_value() if secret is not None else "",
                "scope": SCOPES,
            },
        )


def client_for(settings: AdobeAnalyticsSettings, auth: ServerToServer) -> httpx.Client:
    """One of several that share a token."""
    return httpx.Client(
        base_url=f"{settings.api_url}/api/{settings.company_id}",
        auth=auth,
        headers={
            "accept": "application/json",
            "x-api-key": settings.client_id or "",
            "x-proxy-global-company-id": settings.company_id or "",
        },
    )


def body_of(response: httpx.Response) -> dict[str, Any]:
    """What the platform answered; 206 is an answer, of which the body says what is missing.

    Raises:
        httpx.HTTPStatusError: a refusal.
        TransientFault: a gateway answered instead of Adobe, or the answer was cut off.
    """
    response.raise_for_status()
    try:
        body = response.json()
    except (JSONDecodeError, UnicodeDecodeError) as error:
        raise TransientFault(
            f"the answer of status {response.status_code} is no whole JSON.",
            cure="Run again; the fault is Adobe's.",
            source=SOURCE,
        ) from error
    if not isinstance(body, dict):
        raise TransientFault("the answer is no object.", cure="Run again.", source=SOURCE)
    return body


def classifier(settings: AdobeAnalyticsSettings) -> Callable[[Exception], PipelineError | None]:
    """What an exception of httpx means; None for what is not Adobe's."""

    def classify(error: Exception) -> PipelineError | None:
        if isinstance(error, httpx.HTTPStatusError):
            return _by_status(error.response, settings)
        if isinstance(error, httpx.TimeoutException):
            return TransientFault("no answer in time.", cure="Run again.", source=SOURCE)
        if isinstance(error, httpx.TransportError):
            return TransientFault(
                f"the connection failed ({type(error).__name__}).",
                cure="Check the network, then run again.",
                source=SOURCE,
            )
        return None

    return classify


def _by_status(response: httpx.Response, settings: AdobeAnalyticsSettings) -> PipelineError:
    status, (code, message) = response.status_code, _said(response)
    named = f"{status} ({code})" if code else str(status)
    found = f"Adobe answered {named}: {message.rstrip('.')}."
    if status == TOO_MANY_REQUESTS:
        return QuotaExhausted(
            found,
            cure="Run again later; whoever else asks with this credential shares its quota.",
            source=SOURCE,
            retry_after_seconds=settings.quota_wait_seconds,
        )
    if status >= SERVER_ERROR:
        return TransientFault(found, cure="Run again; the fault is Adobe's.", source=SOURCE)
    kind, cure = BY_CODE.get(
        code, BY_STATUS.get(status, (NeedsPerson, "Read what Adobe says, and update us."))
    )
    return kind(found, cure=cure, source=SOURCE)


def _granted(response: httpx.Response) -> dict[str, Any]:
    """Raises CredentialsRejected: IMS refuses the client; httpx.HTTPStatusError: it falters."""
    if response.status_code >= SERVER_ERROR or response.status_code == TOO_MANY_REQUESTS:
        response.raise_for_status()
    body = _object(response)
    if not response.is_success or not {"access_token", "expires_in"} <= body.keys():
        raise CredentialsRejected(
            f"Adobe refuses the credential: {body.get('error_description') or body.get('error')}.",
            cure=AUTHORISE,
            source=SOURCE,
        )
    return body


def _said(response: httpx.Response) -> tuple[str, str]:
    """(code, message): the gateway and the reports write them differently; a proxy not at all."""
    body = _object(response)
    code = str(body.get("error_code") or body.get("errorCode") or "")
    message = body.get("message") or body.get("errorDescription") or response.reason_phrase
    return code, str(message)


def _object(response: httpx.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except (JSONDecodeError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}
