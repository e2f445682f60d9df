"""Google Ads' client library: how it is built, and what its many exceptions mean.

Belongs here: the SDK's service, error codes. Does not: what is asked (google_ads.py), what every
client of Google does (google_grpc.py).
"""

from __future__ import annotations

import logging
import pkgutil
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic.alias_generators import to_snake

from marketing_domain.connectors.google_grpc import (
    TRANSIENT_CODES,
    expired_token,
    is_loopback,
    loopback_channel,
    shown,
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
    RequestTooLarge,
    TransientFault,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from marketing_domain.settings import GoogleAdsSettings

SOURCE = "google_ads"
API_VERSION = "v26"
# Google projects November 2027 and names the day later: the first one is the safe reading.
# Source: developers.google.com/ads/blog/posts/2025/09/more-frequent-releases-coming-for.
RETIRES_ON = date(2027, 11, 1)
LARGEST_MESSAGE_BYTES = 64 * 1024 * 1024  # as the SDK sets it
# What the reader does about each family of the API's ErrorCode message.
# Source: developers.google.com/google-ads/api/reference/rpc/v26/ErrorCode.
FAMILIES: dict[str, tuple[type[PipelineError], str]] = {
    "authentication_error": (
        CredentialsRejected,
        "Check GOOGLE_ADS_DEVELOPER_TOKEN and the OAuth client, and authorise again.",
    ),
    "authorization_error": (
        PermissionMissing,
        "Give the user of the refresh token access to the account, below the manager account.",
    ),
    "quota_error": (QuotaExhausted, "Run again later, or ask Google for a higher access level."),
    "internal_error": (TransientFault, "Run again; the fault is Google's."),
    "query_error": (MisconfiguredSetting, "The API no longer has what is asked: update us."),
    "header_error": (MisconfiguredSetting, "Check GOOGLE_ADS_LOGIN_CUSTOMER_ID."),
}


class Refused(NamedTuple):
    """The first error of a GoogleAdsFailure."""

    family: str
    code: str
    message: str
    retry_seconds: float | None


def credentials_for(settings: GoogleAdsSettings) -> Any:  # noqa: ANN401
    """google-auth credentials; nothing is sent before the first request."""
    return user_credentials(
        refresh_token=settings.refresh_token,
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        token_uri=settings.token_uri,
    )


def service_for(
    settings: GoogleAdsSettings,
    credentials: Any,  # noqa: ANN401
    name: str = "GoogleAdsService",
) -> Any:  # noqa: ANN401
    """The service of that name, answering with plain protobuf messages."""
    # 0.8 s and 90 MB at import
    from google.ads.googleads.client import GoogleAdsClient  # noqa: PLC0415

    if is_loopback(settings.endpoint):
        return _loopback_service(settings, settings.endpoint, credentials, name)
    client = GoogleAdsClient(
        credentials,
        shown(settings.developer_token),
        endpoint=settings.endpoint,
        login_customer_id=settings.login_customer_id,
        version=API_VERSION,
        use_proto_plus=False,
    )
    return client.get_service(name)


def _loopback_service(
    settings: GoogleAdsSettings,
    address: str,
    credentials: Any,  # noqa: ANN401
    name: str,
) -> Any:  # noqa: ANN401
    """The SDK's service over a plain channel, which the SDK's client never opens.

    The SDK's interceptors stand in it: they add the headers and translate the errors.
    """
    from google.ads.googleads.interceptors import (  # noqa: PLC0415  only with the SDK
        ExceptionInterceptor,
        LoggingInterceptor,
        MetadataInterceptor,
    )

    module = f"google.ads.googleads.{API_VERSION}.services.services.{to_snake(name)}"
    client = pkgutil.resolve_name(f"{module}:{name}Client")
    channel = loopback_channel(
        address,
        credentials,
        MetadataInterceptor(shown(settings.developer_token), settings.login_customer_id, None),
        LoggingInterceptor(logging.getLogger(__name__), API_VERSION, address),
        ExceptionInterceptor(API_VERSION, use_proto_plus=False),
        largest_message_bytes=LARGEST_MESSAGE_BYTES,
    )
    transport = client.get_transport_class()
    return client(transport=transport(channel=channel))


def classifier(credentials: Any) -> Callable[[Exception], PipelineError | None]:  # noqa: ANN401
    """What an exception of the SDK means; None for what is not the platform's."""

    def classify(error: Exception) -> PipelineError | None:
        from google.ads.googleads.errors import GoogleAdsException  # noqa: PLC0415  with the SDK
        from google.api_core.exceptions import GoogleAPICallError  # noqa: PLC0415  likewise

        if isinstance(error, GoogleAdsException):
            refused = _refused(error.failure)
            if refused.code == "OAUTH_TOKEN_EXPIRED":
                return expired_token(credentials, source=SOURCE)
            return _by_family(refused)
        refused_token = token_failure(error, source=SOURCE)
        if refused_token is not None:
            return refused_token
        if isinstance(error, GoogleAPICallError):
            return _by_status(error)
        return None

    return classify


def _by_status(error: Any) -> PipelineError:  # noqa: ANN401
    if "larger than max" in str(error):
        return RequestTooLarge(
            "one message of the answer is too large.", cure="Ask for fewer days.", source=SOURCE
        )
    for refused in _in_trailing_metadata(error):
        return _by_family(refused)
    status = error.grpc_status_code.name if error.grpc_status_code else type(error).__name__
    if status in TRANSIENT_CODES:
        return TransientFault(f"{status}: {error}.", cure="Run again.", source=SOURCE)
    return NeedsPerson(f"{status}: {error}.", cure="Read what Google says.", source=SOURCE)


def _by_family(refused: Refused) -> PipelineError:
    found = f"Google answered {refused.family}.{refused.code}: {refused.message.rstrip('.')}."
    if refused.code == "UNSUPPORTED_VERSION":
        return ApiVersionRetired(
            found, cure=f"Google no longer answers {API_VERSION}: update us.", source=SOURCE
        )
    kind, cure = FAMILIES.get(
        refused.family, (NeedsPerson, "Look the code up in Google's error reference.")
    )
    if kind is QuotaExhausted:
        return QuotaExhausted(
            found, cure=cure, source=SOURCE, retry_after_seconds=refused.retry_seconds
        )
    return kind(found, cure=cure, source=SOURCE)


def _refused(failure: Any) -> Refused:  # noqa: ANN401
    # GoogleAdsException wraps the failure in proto-plus whatever the service was built with.
    failure = type(failure).pb(failure) if hasattr(type(failure), "pb") else failure
    error = failure.errors[0]
    family = error.error_code.WhichOneof("error_code") or "unknown_error"
    number = getattr(error.error_code, family, 0)
    field = error.error_code.DESCRIPTOR.fields_by_name.get(family)
    known = field.enum_type.values_by_number.get(number) if field is not None else None
    delay = error.details.quota_error_details.retry_delay
    seconds = delay.seconds + delay.nanos / 1e9
    return Refused(family, known.name if known else str(number), error.message, seconds or None)


def _in_trailing_metadata(error: Any) -> list[Refused]:  # noqa: ANN401
    """RESOURCE_EXHAUSTED and INTERNAL carry their failure only there."""
    from google.ads.googleads.v26.errors.types.errors import (  # noqa: PLC0415  only with the SDK
        GoogleAdsFailure,
    )

    key = f"google.ads.googleads.{API_VERSION}.errors.googleadsfailure-bin"
    return [
        _refused(type(GoogleAdsFailure.pb(GoogleAdsFailure())).FromString(value))
        for call in error.errors
        for name, value in call.trailing_metadata() or ()
        if name == key
    ]
