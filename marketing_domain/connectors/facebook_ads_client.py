"""Meta's client library: how it is called, and what its error codes mean.

Belongs here: session, error codes, waiting times, pages. Does not: what is asked
(facebook_ads.py).
"""

from __future__ import annotations

import json
from datetime import date
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
    from collections.abc import Mapping

    from marketing_domain.settings import FacebookAdsSettings

SOURCE = "facebook_ads"
RATE_LIMITS = {4, 17, 32, 613, *range(80000, 80015)}
TOO_LARGE_WORDS = "reduce the amount of data"
# Code, or code and subcode, to what the reader does.
# Source: developers.facebook.com/docs/marketing-api/error-reference.
BY_CODE: dict[int, tuple[type[PipelineError], str]] = {
    1: (TransientFault, "Run again; the fault is Meta's."),
    2: (TransientFault, "Run again; the fault is Meta's."),
    10: (PermissionMissing, "Grant the token ads_read for this ad account."),
    100: (MisconfiguredSetting, "Check FACEBOOK_ADS_APP_SECRET; else the API changed: update us."),
    190: (CredentialsRejected, "Create a new system-user token and set FACEBOOK_ADS_ACCESS_TOKEN."),
    200: (PermissionMissing, "Grant the token's user access to this ad account in the business."),
    2635: (ApiVersionRetired, "Set FACEBOOK_ADS_API_VERSION to a version that Meta answers."),
}
TOO_LARGE_SUBCODE = 1487534
# Meta names the last day of a Marketing API version once newer ones are out; for v25.0 and v26.0
# it says "to be determined". Source: developers.facebook.com/docs/graph-api/changelog.
RETIREMENTS = {"v24.0": date(2026, 10, 6)}


def session_for(settings: FacebookAdsSettings) -> Any:  # noqa: ANN401
    """A session of the SDK. Never FacebookAdsApi.init(): it reports crashes to Meta."""
    from facebook_business.session import FacebookSession  # noqa: PLC0415  0.25 s at import

    session = FacebookSession(
        app_id=settings.app_id,
        app_secret=_shown(settings.app_secret),
        access_token=_shown(settings.access_token),
    )
    session.GRAPH = settings.graph_url
    return session


def call(
    session: Any,  # noqa: ANN401
    method: str,
    path: tuple[str, ...],
    params: Mapping[str, Any],
    *,
    api_version: str,
    timeout_seconds: float,
) -> dict[str, Any]:
    """One answer of the Graph.

    Raises:
        TransientFault: a gateway answered instead of Meta, which the SDK takes for success.
    """
    from facebook_business.api import FacebookAdsApi  # noqa: PLC0415  0.25 s at import

    session.timeout = timeout_seconds
    api = FacebookAdsApi(session, api_version=api_version)
    answer = api.call(method, path, params=dict(params))
    body = answer.json()
    if not isinstance(body, dict):
        raise TransientFault(
            f"a gateway answered with status {answer.status()} and no JSON.",
            cure="Run again; the fault is Meta's.",
            source=SOURCE,
        )
    return body


def classify(error: Exception) -> PipelineError | None:
    """What an exception of the SDK means; None for what is not Meta's."""
    import requests  # noqa: PLC0415  only with the SDK
    from facebook_business.exceptions import (  # noqa: PLC0415  likewise
        FacebookBadObjectError,
        FacebookRequestError,
    )

    if isinstance(error, requests.Timeout):
        return TransientFault("no answer in time.", cure="Run again.", source=SOURCE)
    if isinstance(error, requests.RequestException):
        return TransientFault(
            f"the connection failed ({type(error).__name__}).",
            cure="Check the network, then run again.",
            source=SOURCE,
        )
    if isinstance(error, FacebookBadObjectError):
        return TransientFault("an answer without content.", cure="Run again.", source=SOURCE)
    if isinstance(error, FacebookRequestError):
        return _by_code(error)
    return None


def _by_code(error: Any) -> PipelineError:  # noqa: ANN401
    code, subcode = error.api_error_code(), error.api_error_subcode()
    if code is None:
        return TransientFault(
            f"status {error.http_status()} without an error code.", cure="Run again.", source=SOURCE
        )
    message = str(error.api_error_message())
    found = f"Meta answered code {code}{f'/{subcode}' if subcode else ''}: {message.rstrip('.')}."
    if subcode == TOO_LARGE_SUBCODE or TOO_LARGE_WORDS in message:
        return RequestTooLarge(found, cure="Ask for fewer days.", source=SOURCE)
    if code in RATE_LIMITS:
        return QuotaExhausted(
            found,
            cure="Run again later, or ask Meta for a higher access tier.",
            source=SOURCE,
            retry_after_seconds=seconds_to_wait(error.http_headers()),
        )
    kind, cure = BY_CODE.get(code, (NeedsPerson, "Look the code up in Meta's error reference."))
    return kind(found, cure=cure, source=SOURCE)


def seconds_to_wait(headers: Mapping[str, str]) -> float | None:
    """The longest `estimated_time_to_regain_access` (minutes there), or None if none is told."""
    text = headers.get("x-business-use-case-usage")
    if not text:
        return None
    try:
        usage = json.loads(text)
        minutes = [
            float(entry.get("estimated_time_to_regain_access", 0))
            for entries in usage.values()
            for entry in entries
        ]
    except (AttributeError, TypeError, ValueError) as error:
        raise AnswerBroken(
            f"the usage header is not what Meta documents: {text[:200]!r}.",
            cure="Look at Meta's rate-limiting page for the header's new form.",
            source=SOURCE,
        ) from error
    return max(minutes, default=0.0) * 60 or None


def _shown(secret: Any) -> str:  # noqa: ANN401
    return str(secret.get_secret_value()) if secret is not None else ""
