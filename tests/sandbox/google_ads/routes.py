"""Google Ads on the wire: gRPC methods by full name, for every version that is still answered.

Belongs here: metadata, encoding, streaming, trouble. Does not: what the numbers are (view.py).
Messages of these versions are wire compatible, so one set of types encodes all of them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import grpc
from google.ads.googleads.v26.resources.types.google_ads_field import GoogleAdsField
from google.ads.googleads.v26.services.types import (
    customer_service,
    google_ads_field_service,
    google_ads_service,
)

from tests.sandbox.google_ads import catalogue, gaql, levels, view
from tests.sandbox.google_ads.errors import Refusal, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from google.protobuf.message import Message

    from tests.sandbox.faults import Fault
    from tests.sandbox.state import Sandbox
    from tests.sandbox.world.hierarchy import AdAccount

VERSIONS = ("v23", "v24", "v25", "v26")
DEVELOPER_TOKEN = "sandbox-developer-token"
MANAGER_ID = "9000000001"
SUB_MANAGER_ID = "9000000002"
CANCELLED_ID = "1999999999"
ROWS_PER_MESSAGE = 10_000
UNKNOWN_ENUM_NUMBER = 9_999


def register(server: grpc.Server, sandbox: Sandbox) -> None:
    """Answer for Google Ads on `server`."""
    for version in VERSIONS:
        service = _Service(sandbox, version)
        prefix = f"google.ads.googleads.{version}.services"
        handlers = {
            "GoogleAdsService": {
                "SearchStream": grpc.unary_stream_rpc_method_handler(
                    service.search_stream,
                    request_deserializer=_parser(google_ads_service.SearchGoogleAdsStreamRequest),
                    response_serializer=_bytes,
                ),
                "Search": grpc.unary_unary_rpc_method_handler(
                    service.search,
                    request_deserializer=_parser(google_ads_service.SearchGoogleAdsRequest),
                    response_serializer=_bytes,
                ),
            },
            "CustomerService": {
                "ListAccessibleCustomers": grpc.unary_unary_rpc_method_handler(
                    service.list_accessible_customers,
                    request_deserializer=_parser(customer_service.ListAccessibleCustomersRequest),
                    response_serializer=_bytes,
                ),
            },
            "GoogleAdsFieldService": {
                "GetGoogleAdsField": grpc.unary_unary_rpc_method_handler(
                    service.get_field,
                    request_deserializer=_parser(google_ads_field_service.GetGoogleAdsFieldRequest),
                    response_serializer=_bytes,
                ),
                "SearchGoogleAdsFields": grpc.unary_unary_rpc_method_handler(
                    service.search_fields,
                    request_deserializer=_parser(
                        google_ads_field_service.SearchGoogleAdsFieldsRequest
                    ),
                    response_serializer=_bytes,
                ),
            },
        }
        server.add_generic_rpc_handlers(
            tuple(
                grpc.method_handlers_generic_handler(f"{prefix}.{name}", methods)
                for name, methods in handlers.items()
            )
        )


class _Service:
    def __init__(self, sandbox: Sandbox, version: str) -> None:
        self._sandbox = sandbox
        self._version = version

    def search_stream(self, request: Message, context: grpc.ServicerContext) -> Iterator[Message]:
        rows, fields, fault = self._answer("search_stream", request, context)
        if fault is not None and fault.kind == "field_removed":
            fields = fields[:-1]
        sent = 0
        for start in range(0, max(len(rows), 1), ROWS_PER_MESSAGE):
            part = rows[start : start + ROWS_PER_MESSAGE]
            if fault is not None and fault.kind == "reset_mid_stream":
                part = part[: max(fault.after_rows - sent, 0)]
            if part or not rows:
                response = _empty(google_ads_service.SearchGoogleAdsStreamResponse)
                response.field_mask.paths.extend(fields)
                response.request_id = "sandbox-request"
                _fill(response.results, part, fields, fault)
                yield response
            sent += len(part)
            if fault is not None and fault.kind == "reset_mid_stream" and sent >= fault.after_rows:
                context.abort(grpc.StatusCode.UNAVAILABLE, "Connection reset by peer")

    def search(self, request: Message, context: grpc.ServicerContext) -> Message:
        rows, fields, fault = self._answer("search", request, context)
        start = int(request.page_token or 0)
        response = _empty(google_ads_service.SearchGoogleAdsResponse)
        response.field_mask.paths.extend(fields)
        _fill(response.results, rows[start : start + ROWS_PER_MESSAGE], fields, fault)
        response.total_results_count = len(rows)
        if start + ROWS_PER_MESSAGE < len(rows):
            response.next_page_token = str(start + ROWS_PER_MESSAGE)
        return response

    def list_accessible_customers(self, _: Message, context: grpc.ServicerContext) -> Message:
        try:
            self._admit("list_accessible_customers", None, "", context)
        except Refusal as refusal:
            refuse(context, refusal, version=self._version)
        response = _empty(customer_service.ListAccessibleCustomersResponse)
        response.resource_names.append(f"customers/{MANAGER_ID}")
        return response

    def get_field(self, request: Message, context: grpc.ServicerContext) -> Message:
        name = request.resource_name.removeprefix("googleAdsFields/")
        try:
            self._admit("get_field", None, name, context)
            catalogue.known(name)
        except Refusal as refusal:
            refuse(context, refusal, version=self._version)
        return _described(_empty(GoogleAdsField), name)

    def search_fields(self, request: Message, context: grpc.ServicerContext) -> Message:
        response = _empty(google_ads_field_service.SearchGoogleAdsFieldsResponse)
        try:
            self._admit("search_fields", None, request.query, context)
            for name in catalogue.search(request.query):
                _described(response.results.add(), name)
        except Refusal as refusal:
            refuse(context, refusal, version=self._version)
        response.total_results_count = len(response.results)
        return response

    def _answer(
        self, operation: str, request: Message, context: grpc.ServicerContext
    ) -> tuple[list[view.Row], list[str], Fault | None]:
        try:
            fault = self._admit(operation, request.customer_id, request.query, context)
            query = gaql.parse(request.query)
            catalogue.check(query)
            rows = self._rows(request.customer_id, query)
        except Refusal as refusal:
            refuse(context, refusal, version=self._version)
        return _tampered(rows, query, fault), list(query.select), fault

    def _rows(self, customer_id: str, query: gaql.Query) -> list[view.Row]:
        sandbox = self._sandbox
        if customer_id in {MANAGER_ID, SUB_MANAGER_ID}:
            if query.resource != "customer_client":
                raise Refusal(
                    "query_error", "REQUESTED_METRICS_FOR_MANAGER", "A manager has no metrics."
                )
            return _tree(sandbox.world.accounts("google_ads"), customer_id)
        account = sandbox.world.account("google_ads", customer_id)
        if account is None or not account.readable:
            raise Refusal(
                "authorization_error",
                "USER_PERMISSION_DENIED",
                "User doesn't have permission to access customer.",
            )
        answers = levels.report if levels.answers(query) else view.report
        rows = answers(sandbox.world, account, query, sandbox.as_of)
        return [_as_set(row, sandbox.click_windows) for row in rows]

    def _admit(
        self, operation: str, customer_id: str | None, text: str, context: grpc.ServicerContext
    ) -> Fault | None:
        """Raises Refusal for bad credentials and for the faults that are refusals."""
        sandbox = self._sandbox
        sandbox.requests.add("google_ads", operation, customer_id)
        sent = dict(context.invocation_metadata())
        if sent.get("developer-token") != DEVELOPER_TOKEN:
            raise Refusal(
                "authentication_error", "DEVELOPER_TOKEN_INVALID", "Developer token is not valid."
            )
        if sent.get("authorization", "").removeprefix("Bearer ") not in sandbox.access_tokens:
            raise Refusal(
                "authentication_error", "OAUTH_TOKEN_INVALID", "The OAuth token is invalid."
            )
        if sent.get("login-customer-id", MANAGER_ID) != MANAGER_ID:
            raise Refusal(
                "authorization_error",
                "USER_PERMISSION_DENIED",
                "The login customer has no access to this customer.",
            )
        fault = sandbox.faults.next("google_ads", operation, customer_id, text)
        if fault is not None:
            _raise_refusal(fault)
        return fault


def _raise_refusal(fault: Fault) -> None:
    refusals = {
        "quota": ("quota_error", "RESOURCE_EXHAUSTED", "Too many requests. Retry in 1 seconds."),
        "transient": ("internal_error", "TRANSIENT_ERROR", "A transient error occurred."),
        "permission_lost": (
            "authorization_error", "USER_PERMISSION_DENIED", "User doesn't have permission.",
        ),
        "version_retired": (
            "request_error", "UNSUPPORTED_VERSION", "The API version is no longer supported.",
        ),
        "stale_token": ("authentication_error", "OAUTH_TOKEN_EXPIRED", "The token expired."),
    }  # fmt: skip
    if fault.kind == "hang":
        time.sleep(fault.seconds)
    elif fault.kind in refusals:
        family, code, message = refusals[fault.kind]
        retry = int(fault.seconds) if fault.kind == "quota" else None
        raise Refusal(family, code, message, retry)


def _tampered(rows: list[view.Row], query: gaql.Query, fault: Fault | None) -> list[view.Row]:
    if fault is None:
        return rows
    if fault.kind == "truncated":
        return rows[: len(rows) // 2]
    if fault.kind == "vanish_row":
        return rows[1:]
    if fault.kind == "wrong_control_totals" and query.resource == "customer":
        return [{**row, "metrics.clicks": int(str(row["metrics.clicks"])) + 1} for row in rows]
    return rows


def _as_set(row: view.Row, click_windows: Mapping[int, int]) -> view.Row:
    """The row of a conversion action with the window that its account chose last."""
    days = click_windows.get(row.get("conversion_action.id"))  # type: ignore[arg-type]
    name = "conversion_action.click_through_lookback_window_days"
    return row if days is None else {**row, name: days}


def _tree(accounts: tuple[AdAccount, ...], root: str) -> list[view.Row]:
    """The manager, its sub-manager (with every second account), and a cancelled account."""

    def client(client_id: str, level: int, *, manager: bool, status: str = "ENABLED") -> view.Row:
        known = next((one for one in accounts if one.account_id == client_id), None)
        return {
            "customer_client.client_customer": f"customers/{client_id}",
            "customer_client.id": int(client_id),
            "customer_client.level": level,
            "customer_client.manager": manager,
            "customer_client.hidden": False,
            "customer_client.test_account": True,
            "customer_client.status": status,
            "customer_client.descriptive_name": known.name if known else f"Account {client_id}",
            "customer_client.currency_code": known.currency if known else "EUR",
            "customer_client.time_zone": known.time_zone if known else "Europe/Berlin",
        }

    below = [client(one.account_id, 2, manager=False) for one in accounts if one.position % 2]
    if root == SUB_MANAGER_ID:
        return [client(root, 0, manager=True), *below]
    direct = [client(one.account_id, 1, manager=False) for one in accounts if not one.position % 2]
    return [
        client(root, 0, manager=True),
        client(SUB_MANAGER_ID, 1, manager=True),
        *direct,
        *below,
        client(CANCELLED_ID, 1, manager=False, status="CANCELED"),
    ]


def _fill(results: Any, rows: list[view.Row], fields: list[str], fault: Fault | None) -> None:  # noqa: ANN401
    writers = [(path, _writer(path)) for path in fields]
    for row in rows:
        message = results.add()
        for path, write in writers:
            value = row.get(path)
            if value is not None:
                write(message, value)
    if fault is not None and fault.kind == "unknown_enum" and rows:
        if "segments.device" in fields:
            results[0].segments.device = UNKNOWN_ENUM_NUMBER
        else:
            results[0].campaign.advertising_channel_type = UNKNOWN_ENUM_NUMBER


def _writer(path: str) -> Callable[[Any, Any], None]:
    field = catalogue.descriptor(path)
    if field is None:
        raise AssertionError(path)
    *parents, _ = path.split(".")
    enum = field.enum_type
    repeated = field.is_repeated

    def write(message: Any, value: Any) -> None:  # noqa: ANN401
        for parent in parents:
            message = getattr(message, parent)
        if enum is not None:
            value = enum.values_by_name[value].number
        if repeated:
            getattr(message, field.name).extend(value)
        else:
            setattr(message, field.name, value)

    return write


def _described(field: Any, name: str) -> Any:  # noqa: ANN401
    found = catalogue.descriptor(name)
    if found is None:
        raise Refusal("query_error", "UNRECOGNIZED_FIELD", f"Unrecognized field: '{name}'.")
    enums = field.DESCRIPTOR.fields_by_name
    is_resource = "." not in name
    categories = {"metrics": "METRIC", "segments": "SEGMENT"}
    category = "RESOURCE" if is_resource else categories.get(name.partition(".")[0], "ATTRIBUTE")
    field.resource_name = f"googleAdsFields/{name}"
    field.name = name
    field.category = enums["category"].enum_type.values_by_name[category].number
    field.data_type = enums["data_type"].enum_type.values_by_name[catalogue.data_type(found)].number
    field.selectable = field.filterable = not is_resource
    field.is_repeated = found.is_repeated
    if is_resource:
        attributed, metrics, segments = catalogue.selectable_from(name)
        field.attribute_resources.extend(attributed)
        field.metrics.extend(metrics)
        field.segments.extend(segments)
    else:
        field.selectable_with.extend(catalogue.selectable_with(name))
    return field


def _empty(kind: Any) -> Any:  # noqa: ANN401
    return kind.pb(kind())


def _parser(kind: Any) -> Callable[[bytes], Message]:  # noqa: ANN401
    return type(_empty(kind)).FromString


def _bytes(message: Message) -> bytes:
    return message.SerializeToString()
