"""Google Analytics' client libraries: how they are built, and what their exceptions mean.

Belongs here: the SDKs' clients, error codes. Does not: what is asked (google_analytics.py), what
every client of Google does (google_grpc.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marketing_domain.connectors.google_grpc import (
    TRANSIENT_CODES,
    expired_token,
    is_loopback,
    loopback_channel,
    token_failure,
    user_credentials,
)
from shared_policies.platform.errors import (
    ApiVersionRetired,
    CredentialsRejected,
    MisconfiguredSetting,
    NeedsPerson,
    PermissionMissing,
    PipelineError,
    QuotaExhausted,
    TransientFault,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketing_domain.settings import GoogleAnalyticsSettings

SOURCE = "google_analytics"
API_VERSION = "v1beta"
UNLIMITED = -1  # as the SDKs set it
# What the reader does about each status.
# Source: developers.google.com/analytics/devguides/reporting/data/v1/errors.
STATUSES: dict[str, tuple[type[PipelineError], str]] = {
    "UNAUTHENTICATED": (
        CredentialsRejected,
        "Authorise again and set GOOGLE_ANALYTICS_REFRESH_TOKEN (and client id and secret).",
    ),
    "PERMISSION_DENIED": (
        PermissionMissing,
        "Give the user of the refresh token the Viewer role on the property.",
    ),
    "NOT_FOUND": (
        PermissionMissing,
        "Check google_analytics.accounts in sources.yaml, and whether the property was deleted.",
    ),
    "INVALID_ARGUMENT": (MisconfiguredSetting, "The API no longer has what is asked: update us."),
    "UNIMPLEMENTED": (ApiVersionRetired, "Google no longer answers this API version: update us."),
}
# Where Google also gives a reason, it says more than the status.
REASONS: dict[str, tuple[type[PipelineError], str]] = {
    "SERVICE_DISABLED": (
        MisconfiguredSetting,
        "Enable the Google Analytics Data API and Admin API in the OAuth client's Cloud project.",
    ),
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": (
        CredentialsRejected,
        "Authorise again with the scope https://www.googleapis.com/auth/analytics.readonly.",
    ),
}


def credentials_for(settings: GoogleAnalyticsSettings) -> Any:  # noqa: ANN401
    """google-auth credentials; nothing is sent before the first request."""
    return user_credentials(
        refresh_token=settings.refresh_token,
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        token_uri=settings.token_uri,
    )


def data_client(settings: GoogleAnalyticsSettings, credentials: Any) -> Any:  # noqa: ANN401
    """The Data API: reports."""
    # 0.6 s and 50 MB at import
    from google.analytics.data_v1beta import BetaAnalyticsDataClient  # noqa: PLC0415

    return _client(BetaAnalyticsDataClient, settings.endpoint, credentials)


def admin_client(settings: GoogleAnalyticsSettings, credentials: Any) -> Any:  # noqa: ANN401
    """The Admin API: which properties there are, and what they chose themselves."""
    # 0.3 s at import
    from google.analytics.admin_v1alpha import AnalyticsAdminServiceClient  # noqa: PLC0415

    return _client(AnalyticsAdminServiceClient, settings.admin_endpoint, credentials)


def _client(kind: Any, endpoint: str | None, credentials: Any) -> Any:  # noqa: ANN401
    if is_loopback(endpoint):
        channel = loopback_channel(endpoint, credentials, largest_message_bytes=UNLIMITED)
        return kind(transport=kind.get_transport_class()(channel=channel))
    options = {"api_endpoint": endpoint} if endpoint is not None else None
    return kind(credentials=credentials, client_options=options)


def classifier(credentials: Any) -> Callable[[Exception], PipelineError | None]:  # noqa: ANN401
    """What an exception of the SDKs means; None for what is not the platform's."""

    def classify(error: Exception) -> PipelineError | None:
        from google.api_core.exceptions import GoogleAPICallError  # noqa: PLC0415  with the SDK

        refused_token = token_failure(error, source=SOURCE)
        if refused_token is not None:
            return refused_token
        if not isinstance(error, GoogleAPICallError):
            return None
        if error.reason == "ACCESS_TOKEN_EXPIRED":
            return expired_token(credentials, source=SOURCE)
        return _by_status(error)

    return classify


def _by_status(error: Any) -> PipelineError:  # noqa: ANN401
    status = error.grpc_status_code.name if error.grpc_status_code else type(error).__name__
    named = f"{status} ({error.reason})" if error.reason else status
    found = f"Google answered {named}: {str(error.message).rstrip('.')}."
    if status == "RESOURCE_EXHAUSTED":
        return QuotaExhausted(
            found,
            cure="Run again later: a property's quotas are refilled every hour and every day.",
            source=SOURCE,
            retry_after_seconds=_wait_asked_for(error),
        )
    if status in TRANSIENT_CODES:
        return TransientFault(found, cure="Run again.", source=SOURCE)
    kind, cure = REASONS.get(
        error.reason, STATUSES.get(status, (NeedsPerson, "Read what Google says."))
    )
    return kind(found, cure=cure, source=SOURCE)


def _wait_asked_for(error: Any) -> float | None:  # noqa: ANN401
    from google.rpc.error_details_pb2 import RetryInfo  # noqa: PLC0415  only with the SDK

    for detail in error.details:
        if isinstance(detail, RetryInfo):
            return float(detail.retry_delay.seconds + detail.retry_delay.nanos / 1e9)
    return None
