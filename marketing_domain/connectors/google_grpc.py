"""What Google's clients share on gRPC: the user's credentials, and the token in every call.

Belongs here: OAuth, the plain channel to a local stand-in, failures of the token endpoint. Does
not: a product's client, or what its error codes mean (google_*_client.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

from shared_policies.platform.errors import CredentialsRejected, PipelineError, TransientFault

if TYPE_CHECKING:
    from pydantic import SecretStr

TRANSIENT_CODES = {
    "UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL", "ABORTED", "UNKNOWN", "CANCELLED",
}  # fmt: skip


def user_credentials(
    *,
    refresh_token: SecretStr | None,
    client_id: SecretStr | None,
    client_secret: SecretStr | None,
    token_uri: str,
) -> Any:  # noqa: ANN401
    """google-auth credentials; nothing is sent before the first request."""
    from google.oauth2.credentials import Credentials  # noqa: PLC0415  0.3 s at import

    return Credentials(  # type: ignore[no-untyped-call]
        None,
        refresh_token=shown(refresh_token),
        client_id=shown(client_id),
        client_secret=shown(client_secret),
        token_uri=token_uri,
    )


def is_loopback(endpoint: str | None) -> TypeGuard[str]:
    return endpoint is not None and endpoint.startswith("127.0.0.1:")


def loopback_channel(
    address: str,
    credentials: Any,  # noqa: ANN401
    *interceptors: Any,  # noqa: ANN401
    largest_message_bytes: int,
) -> Any:  # noqa: ANN401
    """A channel without TLS, which Google's clients never open by themselves."""
    import grpc  # noqa: PLC0415  only with the SDK

    return grpc.intercept_channel(
        grpc.secure_channel(
            address,
            grpc.local_channel_credentials(),
            options=[("grpc.max_receive_message_length", largest_message_bytes)],
        ),
        *interceptors,
        # Last: what the SDK's own interceptors log of a call is then without its token.
        _bearer(credentials),
    )


def _bearer(credentials: Any) -> Any:  # noqa: ANN401
    """Adds the access token, which grpc refuses to send over a plain channel by itself."""
    import grpc  # noqa: PLC0415  only with the SDK
    from google.auth.transport.requests import Request  # noqa: PLC0415  likewise

    class Bearer(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):  # type: ignore[misc]
        def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:  # noqa: ANN401
            return continuation(self._with_token(details), request)

        def intercept_unary_stream(self, continuation: Any, details: Any, request: Any) -> Any:  # noqa: ANN401
            return continuation(self._with_token(details), request)

        def _with_token(self, details: Any) -> Any:  # noqa: ANN401
            headers: dict[str, str] = {}
            credentials.before_request(Request(), "POST", "", headers)
            pairs = [(key.lower(), value) for key, value in headers.items()]
            return details._replace(metadata=[*(details.metadata or []), *pairs])

    return Bearer()


def token_failure(error: Exception, *, source: str) -> PipelineError | None:
    """What an exception on the way to an access token means; None for any other."""
    import google.auth.exceptions as auth  # noqa: PLC0415  only with the SDK

    known = isinstance(error, auth.GoogleAuthError)
    if isinstance(error, auth.TransportError) or (known and getattr(error, "retryable", False)):
        return TransientFault(
            f"Google's token endpoint could not be reached: {error}.",
            cure="Check the network, then run again.",
            source=source,
        )
    # Over TLS the refusal arrives as a status of the call, and only its text tells.
    if not known and "invalid_grant" not in str(error) and "invalid_client" not in str(error):
        return None
    return CredentialsRejected(
        f"Google's token endpoint refused the refresh token: {error}.",
        cure=f"Authorise again and set {source.upper()}_REFRESH_TOKEN (and client id and secret).",
        source=source,
    )


def expired_token(credentials: Any, *, source: str) -> TransientFault:  # noqa: ANN401
    """Forgets the access token, so that the next attempt asks for a new one."""
    credentials.token = None
    return TransientFault("the access token had expired.", cure="Run again.", source=source)


def shown(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""
