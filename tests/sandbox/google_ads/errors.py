"""How Google Ads refuses: a gRPC status, and a GoogleAdsFailure in the trailing metadata.

Belongs here: which code belongs to which status. Does not: when to refuse.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

import grpc
from google.ads.googleads.v26.errors.types.errors import GoogleAdsFailure

if TYPE_CHECKING:
    from google.protobuf.message import Message

STATUS = {
    "authentication_error": grpc.StatusCode.UNAUTHENTICATED,
    "authorization_error": grpc.StatusCode.PERMISSION_DENIED,
    "header_error": grpc.StatusCode.INVALID_ARGUMENT,
    "internal_error": grpc.StatusCode.INTERNAL,
    "query_error": grpc.StatusCode.INVALID_ARGUMENT,
    "quota_error": grpc.StatusCode.RESOURCE_EXHAUSTED,
    "request_error": grpc.StatusCode.INVALID_ARGUMENT,
}


@dataclass
class Refusal(Exception):
    """`family` and `code` are names in the API's ErrorCode message and its enums."""

    family: str
    code: str
    message: str
    retry_seconds: int | None = None

    def failure(self) -> Message:
        failure = GoogleAdsFailure.pb(GoogleAdsFailure())
        error = failure.errors.add()
        field = error.error_code.DESCRIPTOR.fields_by_name[self.family]
        number = field.enum_type.values_by_name[self.code].number
        setattr(error.error_code, self.family, number)
        error.message = self.message
        if self.retry_seconds is not None:
            error.details.quota_error_details.retry_delay.seconds = self.retry_seconds
        return failure


def refuse(context: grpc.ServicerContext, refusal: Refusal, *, version: str) -> NoReturn:
    """End the call as the platform does."""
    context.set_trailing_metadata(
        (
            ("request-id", "sandbox-request"),
            (
                f"google.ads.googleads.{version}.errors.googleadsfailure-bin",
                refusal.failure().SerializeToString(),
            ),
        )
    )
    context.abort(STATUS[refusal.family], refusal.message)
