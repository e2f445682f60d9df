"""Google Analytics on the wire: the Data and the Admin API's gRPC methods by full name.

Belongs here: tokens, messages, pages, trouble. Does not: what the numbers are (view.py).
"""

from __future__ import annotations

import re
import time
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import grpc
from google.analytics import admin_v1alpha as admin
from google.analytics import data_v1beta as data

from tests.sandbox.google_analytics import view
from tests.sandbox.google_analytics.errors import NOT_PERMITTED, Refusal, invalid, refuse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from google.protobuf.message import Message

    from tests.sandbox.faults import Fault
    from tests.sandbox.state import Sandbox

ROWS_BY_DEFAULT = 10_000
MOST_ROWS = 250_000
TYPES = {"totalRevenue": "TYPE_CURRENCY", "keyEvents": "TYPE_FLOAT"}


def register(server: grpc.Server, sandbox: Sandbox) -> None:
    """Answer for Google Analytics on `server`."""
    service = _Service(sandbox)
    data_methods = {
        "RunReport": (service.run_report, data.RunReportRequest),
        "GetMetadata": (service.get_metadata, data.GetMetadataRequest),
        "CheckCompatibility": (service.check_compatibility, data.CheckCompatibilityRequest),
    }
    admin_methods = {
        "ListAccountSummaries": (service.list_summaries, admin.ListAccountSummariesRequest),
        "GetProperty": (service.get_property, admin.GetPropertyRequest),
        "ListKeyEvents": (service.list_key_events, admin.ListKeyEventsRequest),
        "GetAttributionSettings": (
            service.get_attribution_settings,
            admin.GetAttributionSettingsRequest,
        ),
    }
    server.add_generic_rpc_handlers(
        (
            _handler("google.analytics.data.v1beta.BetaAnalyticsData", data_methods),
            _handler("google.analytics.admin.v1alpha.AnalyticsAdminService", admin_methods),
        )
    )


class _Service:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def run_report(self, request: Any, context: grpc.ServicerContext) -> Message:  # noqa: ANN401
        today = self._sandbox.as_of.date()
        found_by = _id(request.property)
        text = " ".join(field.name for field in (*request.dimensions, *request.metrics))
        fault = self._admit("run_report", found_by, text, context)
        found = view.readable(found_by)
        asked = _asked(request, today)
        view.check(asked)
        rows = view.report(self._sandbox.world, found, asked, self._sandbox.as_of)
        if fault is not None and fault.kind == "thresholded":
            rows = view.withheld(rows)
        if fault is not None and fault.kind == "other_row":
            rows = view.with_other_row(rows, asked.dimensions)
        limit = min(request.limit or ROWS_BY_DEFAULT, MOST_ROWS)
        page = rows[request.offset : request.offset + limit]
        if fault is not None and fault.kind == "truncated":
            page = page[: len(page) // 2]
        response = _answer(asked, page, row_count=len(rows))
        response.metadata.currency_code = found.currency
        response.metadata.time_zone = found.time_zone
        _flag(response.metadata, fault)
        return response

    def get_metadata(self, request: Any, context: grpc.ServicerContext) -> Message:  # noqa: ANN401
        self._property("get_metadata", _id(request.name), context)
        response = _empty(data.Metadata)
        response.name = request.name
        for name in (*view.DIMENSIONS, *view.ITEM_DIMENSIONS):
            response.dimensions.add(api_name=name, ui_name=name)
        for name in view.METRICS:
            _set(response.metrics.add(api_name=name, ui_name=name), "type_", _metric_type(name))
        return response

    def check_compatibility(self, request: Any, context: grpc.ServicerContext) -> Message:  # noqa: ANN401
        """What a product is called says nothing of the sessions that looked at it."""
        self._property("check_compatibility", _id(request.property), context)
        dimensions = [one.name for one in request.dimensions]
        metrics = [one.name for one in request.metrics]
        view.check_names(dimensions, metrics)
        apart = bool(view.ITEM_DIMENSIONS & set(dimensions))
        response = _empty(data.CheckCompatibilityResponse)
        for name in dimensions:
            added = response.dimension_compatibilities.add()
            added.dimension_metadata.api_name = name
            is_apart = apart and name in view.ITEM_DIMENSIONS
            _set(added, "compatibility", "INCOMPATIBLE" if is_apart else "COMPATIBLE")
        for name in metrics:
            added = response.metric_compatibilities.add()
            added.metric_metadata.api_name = name
            _set(added, "compatibility", "COMPATIBLE")
        return response

    def list_summaries(self, request: Any, context: grpc.ServicerContext) -> Message:  # noqa: ANN401
        """One property a page, so that whoever does not turn pages misses the second."""
        self._admit("list_account_summaries", None, "", context)
        at = int(request.page_token or 0)
        response = _empty(admin.ListAccountSummariesResponse)
        summary = response.account_summaries.add()
        summary.name = f"accountSummaries/{view.ACCOUNT_ID}"
        summary.account = f"accounts/{view.ACCOUNT_ID}"
        summary.display_name = "Aurora"
        for found in view.PROPERTIES[at : at + 1]:
            summary.property_summaries.add(
                property=f"properties/{found.property_id}", display_name=found.name
            )
        if at + 1 < len(view.PROPERTIES):
            response.next_page_token = str(at + 1)
        return response

    def get_property(self, request: Any, context: grpc.ServicerContext) -> Message:  # noqa: ANN401
        found = self._property("get_property", _id(request.name), context)
        response = _empty(admin.Property)
        response.name = request.name
        response.parent = response.account = f"accounts/{view.ACCOUNT_ID}"
        response.display_name = found.name
        response.time_zone = found.time_zone
        response.currency_code = found.currency
        _set(response, "industry_category", "SHOPPING")
        _set(response, "service_level", "GOOGLE_ANALYTICS_STANDARD")
        _set(response, "property_type", "PROPERTY_TYPE_ORDINARY")
        return response

    def list_key_events(self, request: Any, context: grpc.ServicerContext) -> Message:  # noqa: ANN401
        found = self._property("list_key_events", _id(request.parent), context)
        response = _empty(admin.ListKeyEventsResponse)
        for number, event in enumerate(view.KEY_EVENTS, start=1):
            added = response.key_events.add()
            added.name = f"{request.parent}/keyEvents/{number}"
            added.event_name = event.event_name
            added.custom = event.event_name != "purchase"
            _set(added, "counting_method", event.counting)
            if event.default_value is not None:
                added.default_value.numeric_value = event.default_value
                added.default_value.currency_code = found.currency
        return response

    def get_attribution_settings(
        self,
        request: Any,  # noqa: ANN401
        context: grpc.ServicerContext,
    ) -> Message:
        self._property("get_attribution_settings", _id(request.name), context)
        response = _empty(admin.AttributionSettings)
        response.name = request.name
        window = "CONVERSION_EVENT_LOOKBACK_WINDOW"
        for field, value in (
            ("acquisition_conversion_event_lookback_window", f"ACQUISITION_{window}_30_DAYS"),
            ("other_conversion_event_lookback_window", f"OTHER_{window}_90_DAYS"),
            ("reporting_attribution_model", "PAID_AND_ORGANIC_CHANNELS_LAST_CLICK"),
            ("ads_web_conversion_data_export_scope", "PAID_AND_ORGANIC_CHANNELS"),
        ):
            _set(response, field, value)
        return response

    def _property(
        self, operation: str, property_id: str, context: grpc.ServicerContext
    ) -> view.Property:
        self._admit(operation, property_id, "", context)
        return view.readable(property_id)

    def _admit(
        self, operation: str, property_id: str | None, text: str, context: grpc.ServicerContext
    ) -> Fault | None:
        """Raises Refusal for a bad token and for the faults that are refusals."""
        sandbox = self._sandbox
        sandbox.requests.add("google_analytics", operation, property_id)
        sent = dict(context.invocation_metadata())
        if sent.get("authorization", "").removeprefix("Bearer ") not in sandbox.access_tokens:
            raise Refusal(
                grpc.StatusCode.UNAUTHENTICATED,
                "Request had invalid authentication credentials.",
                reason="CREDENTIALS_MISSING",
            )
        fault = sandbox.faults.next("google_analytics", operation, property_id, text)
        if fault is not None:
            _raise_refusal(fault)
        return fault


def _raise_refusal(fault: Fault) -> None:
    code = grpc.StatusCode
    refusals = {
        "quota": Refusal(
            code.RESOURCE_EXHAUSTED,
            "Exhausted property tokens per project per hour.",
            retry_seconds=fault.seconds,
        ),
        "unavailable": Refusal(code.UNAVAILABLE, "The service is currently unavailable."),
        "permission_lost": NOT_PERMITTED,
        "api_disabled": Refusal(
            code.PERMISSION_DENIED,
            "Google Analytics Data API has not been used in project 1 before or it is disabled.",
            reason="SERVICE_DISABLED",
        ),
        "token_expired": Refusal(
            code.UNAUTHENTICATED,
            "Request had invalid authentication credentials.",
            reason="ACCESS_TOKEN_EXPIRED",
        ),
        "token_rejected": Refusal(
            code.UNAUTHENTICATED,
            "Request had invalid authentication credentials.",
            reason="ACCESS_TOKEN_TYPE_UNSUPPORTED",
        ),
    }
    if fault.kind == "hang":
        time.sleep(fault.seconds)
    elif fault.kind in refusals:
        raise refusals[fault.kind]


def _asked(request: Any, today: date) -> view.Asked:  # noqa: ANN401
    """Raises Refusal for what is not a report that this stand-in answers."""
    if len(request.date_ranges) != 1 or request.HasField("metric_filter"):
        raise invalid("One date range and no metric filter is what is answered here.")
    orders = [(by.dimension.dimension_name or by.metric.metric_name, by.desc) for by in
              request.order_bys]  # fmt: skip
    return view.Asked(
        dimensions=tuple(one.name for one in request.dimensions),
        metrics=tuple(one.name for one in request.metrics),
        first=_day(request.date_ranges[0].start_date, today),
        last=_day(request.date_ranges[0].end_date, today),
        conditions=_conditions(request),
        order_bys=tuple(orders),
    )


def _conditions(request: Any) -> tuple[tuple[str, str], ...]:  # noqa: ANN401
    if not request.HasField("dimension_filter"):
        return ()
    chosen = request.dimension_filter.filter
    exact = data.Filter.StringFilter.MatchType.EXACT
    if not chosen.HasField("string_filter") or chosen.string_filter.match_type not in {0, exact}:
        raise invalid("An exact value of one dimension is the filter that is answered here.")
    return ((chosen.field_name, chosen.string_filter.value),)


def _day(text: str, today: date) -> date:
    """The forms that the API documents; `today` is near enough for a stand-in's tests."""
    if text in {"today", "yesterday"}:
        return today - timedelta(days=text == "yesterday")
    ago = re.fullmatch(r"(\d+)daysAgo", text)
    if ago:
        return today - timedelta(days=int(ago.group(1)))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid(f"Invalid date: {text}.") from None


def _answer(asked: view.Asked, rows: Sequence[view.Row], *, row_count: int) -> Any:  # noqa: ANN401
    response = _empty(data.RunReportResponse)
    response.kind = "analyticsData#runReport"
    response.row_count = row_count
    for name in asked.dimensions:
        response.dimension_headers.add(name=name)
    for name in asked.metrics:
        _set(response.metric_headers.add(name=name), "type_", _metric_type(name))
    for row in rows:
        added = response.rows.add()
        for dimension in row.dimensions:
            added.dimension_values.add(value=dimension)
        for metric in row.metrics:
            added.metric_values.add(value=f"{metric:.12g}")
    return response


def _metric_type(name: str) -> str:
    return TYPES.get(name, "TYPE_INTEGER")


def _flag(metadata: Any, fault: Fault | None) -> None:  # noqa: ANN401
    if fault is None:
        return
    if fault.kind == "thresholded":
        metadata.subject_to_thresholding = True
    if fault.kind == "other_row":
        metadata.data_loss_from_other_row = True
    if fault.kind == "sampled":
        metadata.sampling_metadatas.add(samples_read_count=400, sampling_space_size=1_000)


def _handler(name: str, methods: dict[str, tuple[Callable[..., Message], Any]]) -> Any:  # noqa: ANN401
    return grpc.method_handlers_generic_handler(
        name,
        {
            method: grpc.unary_unary_rpc_method_handler(
                _refusing(answer),
                request_deserializer=type(_empty(request)).FromString,
                response_serializer=lambda message: message.SerializeToString(),
            )
            for method, (answer, request) in methods.items()
        },
    )


def _refusing(answer: Callable[..., Message]) -> Callable[[Any, grpc.ServicerContext], Message]:
    def answered(request: Any, context: grpc.ServicerContext) -> Message:  # noqa: ANN401
        try:
            return answer(request, context)
        except Refusal as refusal:
            refuse(context, refusal)

    return answered


def _id(resource: str) -> str:
    """The number in `properties/1` and `properties/1/attributionSettings`."""
    found = re.match(r"properties/(\d+)(?:/|$)", resource)
    if found is None:
        raise invalid(f"A property is named properties/<number>, not {resource!r}.")
    return found.group(1)


def _set(message: Any, field: str, name: str) -> None:  # noqa: ANN401
    """An enum's value by its name. The proto's `type` is `type_` in Python."""
    values = message.DESCRIPTOR.fields_by_name[field].enum_type.values_by_name
    setattr(message, field, values[name].number)


def _empty(kind: Any) -> Any:  # noqa: ANN401
    return kind.pb(kind())
