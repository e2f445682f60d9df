"""Salesforce's client library: how it is built, and what its exceptions mean.

Belongs here: the session, error codes. Does not: what is asked (salesforce.py).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from shared_policies.platform.errors import (
    AnswerBroken,
    ApiVersionRetired,
    CredentialsRejected,
    MisconfiguredSetting,
    NeedsPerson,
    PermissionMissing,
    PipelineError,
    QuotaExhausted,
    RequestTooLarge,
    TransientFault,
)

if TYPE_CHECKING:
    from marketing_domain.settings import SalesforceSettings

SOURCE = "salesforce"
SERVER_S_FAULT = 500
# What the reader does about each error code.
# Source: developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm.
CODES: dict[str, tuple[type[PipelineError], str]] = {
    "API_DISABLED_FOR_ORG": (MisconfiguredSetting, "Enable the API for the connected app's user."),
    "EXCEEDED_MAX_SEMIJOIN_SUBSELECTS": (NeedsPerson, "Update us: the query is not answered."),
    "INSUFFICIENT_ACCESS": (
        PermissionMissing,
        "Give the connected app's run-as user read access to the object.",
    ),
    "INVALID_FIELD": (
        MisconfiguredSetting,
        "Let the run-as user read the field, or correct salesforce.fields in sources.yaml.",
    ),
    "INVALID_QUERY_LOCATOR": (TransientFault, "Run again; the answer waited too long."),
    "INVALID_SESSION_ID": (TransientFault, "Run again; the session had ended."),
    "INVALID_TYPE": (
        PermissionMissing,
        "Give the connected app's run-as user read access to the object.",
    ),
    "QUERY_TIMEOUT": (RequestTooLarge, "Materialise fewer days at once."),
    "REQUEST_LIMIT_EXCEEDED": (
        QuotaExhausted,
        "The org's requests of the last 24 hours are used up: run again later.",
    ),
    "SERVER_UNAVAILABLE": (TransientFault, "Run again."),
    "UNKNOWN_EXCEPTION": (TransientFault, "Run again; the fault is Salesforce's."),
    "UNSUPPORTED_API_VERSION": (
        ApiVersionRetired,
        "Set SALESFORCE_API_VERSION to a version that Salesforce answers.",
    ),
}


def client_for(settings: SalesforceSettings) -> Any:  # noqa: ANN401
    """A logged-in client; every request of it ends after the settings' timeout."""
    import requests  # noqa: PLC0415  with the SDK
    from simple_salesforce.api import Salesforce  # noqa: PLC0415  0.5 s at import

    session = requests.Session()
    session.mount("https://", _adapter(settings))
    return Salesforce(
        consumer_key=_shown(settings.consumer_key),
        consumer_secret=_shown(settings.consumer_secret),
        domain=settings.domain,
        version=settings.api_version,
        session=session,
    )


def address_of(settings: SalesforceSettings) -> str:
    return settings.sandbox_url or f"https://{settings.domain}.salesforce.com"


def _adapter(settings: SalesforceSettings) -> Any:  # noqa: ANN401
    """The library knows no timeout and no address but https://…; the sandbox is plain HTTP."""
    from requests.adapters import HTTPAdapter  # noqa: PLC0415  with the SDK

    class Adapter(HTTPAdapter):
        def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            kwargs["timeout"] = settings.request_timeout_seconds
            if settings.sandbox_url is not None:
                request.url = re.sub(r"^https://[^/]+", settings.sandbox_url, request.url)
            return super().send(request, *args, **kwargs)

    return Adapter()


def classify(error: Exception) -> PipelineError | None:
    """What an exception of the library means; None for what is not Salesforce's."""
    import requests  # noqa: PLC0415  with the SDK
    from simple_salesforce import exceptions as known  # noqa: PLC0415  likewise

    if isinstance(error, known.SalesforceAuthenticationFailed):
        return CredentialsRejected(
            f"Salesforce refused to log in: {error}.",
            cure="Check SALESFORCE_DOMAIN, SALESFORCE_CONSUMER_KEY and SALESFORCE_CONSUMER_SECRET,"
            " and that the connected app allows the client-credentials flow with a run-as user.",
            source=SOURCE,
        )
    if isinstance(error, known.SalesforceOperationError):
        return TransientFault(f"a bulk job failed: {error}.", cure="Run again.", source=SOURCE)
    if isinstance(error, known.SalesforceError):
        return _by_code(error)
    if isinstance(error, requests.exceptions.JSONDecodeError):
        return TransientFault("the answer is no JSON.", cure="Run again.", source=SOURCE)
    if isinstance(error, requests.RequestException):
        told = type(error).__name__
        return TransientFault(f"no answer ({told}).", cure="Run again.", source=SOURCE)
    return None


def _by_code(error: Any) -> PipelineError:  # noqa: ANN401
    body = error.content
    if not isinstance(body, list) or not body or "errorCode" not in body[0]:
        broken = TransientFault if error.status >= SERVER_S_FAULT else AnswerBroken
        return broken(
            f"Salesforce answered {error.status} without a code of its own.",
            cure="Run again; if it persists, look at status.salesforce.com.",
            source=SOURCE,
        )
    code, message = body[0]["errorCode"], str(body[0].get("message", ""))
    found = f"Salesforce answered {code}: {message.rstrip('.')}."
    kind, cure = CODES.get(code, (NeedsPerson, "Look the code up in Salesforce's reference."))
    return kind(found, cure=cure, source=SOURCE)


def _shown(secret: Any) -> str | None:  # noqa: ANN401
    return secret.get_secret_value() if secret is not None else None
