"""How Google Analytics refuses: a gRPC status with the details of google.rpc.

Belongs here: which kind of refusal has which status and details. Does not: when to refuse.
Source: cloud.google.com/apis/design/errors; google/rpc/error_details.proto.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import grpc
from google.protobuf.any_pb2 import Any as Packed
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status


@dataclass
class Refusal(Exception):
    """`reason` is a name of google.api.ErrorReason, where Google gives one."""

    status: grpc.StatusCode
    message: str
    reason: str = ""
    retry_seconds: float | None = None


NOT_PERMITTED = Refusal(
    grpc.StatusCode.PERMISSION_DENIED,
    "User does not have sufficient permissions for this property.",
)


def invalid(message: str) -> Refusal:
    return Refusal(grpc.StatusCode.INVALID_ARGUMENT, message)


def refuse(context: grpc.ServicerContext, refusal: Refusal) -> NoReturn:
    """End the call as the platform does."""
    status = Status(code=refusal.status.value[0], message=refusal.message)
    if refusal.reason:
        status.details.append(_packed(ErrorInfo(reason=refusal.reason, domain="googleapis.com")))
    if refusal.retry_seconds is not None:
        delay = RetryInfo()
        delay.retry_delay.FromNanoseconds(int(refusal.retry_seconds * 1e9))
        status.details.append(_packed(delay))
    context.abort_with_status(rpc_status.to_status(status))


def _packed(detail: ErrorInfo | RetryInfo) -> Packed:
    packed = Packed()
    packed.Pack(detail)
    return packed
