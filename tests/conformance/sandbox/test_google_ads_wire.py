"""The sandbox's Google Ads, asked by the SDK's own service clients and not by our connector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
import pytest
import requests
from google.ads.googleads.errors import GoogleAdsException
from google.ads.googleads.interceptors import ExceptionInterceptor, MetadataInterceptor
from google.ads.googleads.v26.services.services.customer_service import CustomerServiceClient
from google.ads.googleads.v26.services.services.google_ads_field_service import (
    GoogleAdsFieldServiceClient,
)
from google.ads.googleads.v26.services.services.google_ads_service import GoogleAdsServiceClient

if TYPE_CHECKING:
    from tests.sandbox.process import RunningSandbox

MANAGER = "9000000001"


def token(sandbox: RunningSandbox, **changed: str) -> requests.Response:
    form = {
        "grant_type": "refresh_token",
        "client_id": "sandbox-client",
        "client_secret": "sandbox-secret",
        "refresh_token": "sandbox-refresh-token",
        **changed,
    }
    return requests.post(f"{sandbox.http_url}/oauth2/token", data=form, timeout=30)


def service(sandbox: RunningSandbox, kind: Any) -> tuple[Any, list[tuple[str, str]]]:  # noqa: ANN401
    """A service client over the SDK's interceptors, and the metadata that authorises it."""
    channel = grpc.intercept_channel(
        grpc.secure_channel(sandbox.grpc_address, grpc.local_channel_credentials()),
        MetadataInterceptor("sandbox-developer-token", MANAGER, None),
        ExceptionInterceptor("v26", use_proto_plus=True),
    )
    access_token = token(sandbox).json()["access_token"]
    client = kind(transport=kind.get_transport_class()(channel=channel))
    return client, [("authorization", f"Bearer {access_token}")]


def test_the_manager_is_the_accessible_customer(sandbox: RunningSandbox):
    customers, metadata = service(sandbox, CustomerServiceClient)
    found = customers.list_accessible_customers(metadata=metadata, timeout=30)
    assert list(found.resource_names) == [f"customers/{MANAGER}"]


def test_search_pages_hold_what_the_stream_holds(sandbox: RunningSandbox):
    google_ads, metadata = service(sandbox, GoogleAdsServiceClient)
    query = "SELECT campaign.id, campaign.name FROM campaign ORDER BY campaign.id LIMIT 5"
    asked = {"customer_id": "1000000001", "query": query}
    paged = [
        row.campaign.id for row in google_ads.search(request=asked, metadata=metadata, timeout=30)
    ]
    batches = google_ads.search_stream(request=asked, metadata=metadata, timeout=30)
    streamed = [row.campaign.id for batch in batches for row in batch.results]
    assert len(paged) == 5
    assert paged == streamed


def test_the_field_service_knows_what_exists(sandbox: RunningSandbox):
    fields, metadata = service(sandbox, GoogleAdsFieldServiceClient)
    found = fields.get_google_ads_field(
        resource_name="googleAdsFields/metrics.clicks", metadata=metadata, timeout=30
    )
    assert found.name == "metrics.clicks"
    with pytest.raises(GoogleAdsException):
        fields.get_google_ads_field(
            resource_name="googleAdsFields/metrics.nonsense", metadata=metadata, timeout=30
        )


def test_the_field_service_says_what_may_be_selected_together(sandbox: RunningSandbox):
    fields, metadata = service(sandbox, GoogleAdsFieldServiceClient)
    query = "SELECT name, selectable_with WHERE name IN ('metrics.clicks', 'metrics.nonsense')"
    asked = fields.search_google_ads_fields(query=query, metadata=metadata, timeout=30)
    (clicks,) = list(asked)
    assert "segments.hour" in clicks.selectable_with
    assert "segments.conversion_action" not in clicks.selectable_with
    like = "SELECT name WHERE name LIKE 'customer.%'"
    names = {
        field.name
        for field in fields.search_google_ads_fields(query=like, metadata=metadata, timeout=30)
    }
    assert {"customer.time_zone", "customer.currency_code"} <= names


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT campaign.nonsense FROM campaign", "UNRECOGNIZED_FIELD"),
        ("SELECT campaign.id FROM nowhere", "BAD_RESOURCE_TYPE_IN_FROM_CLAUSE"),
        (
            (
                "SELECT segments.conversion_action, metrics.clicks FROM campaign "
                "WHERE segments.date = '2026-11-01'"
            ),
            "PROHIBITED_SEGMENT_WITH_METRIC_IN_SELECT_OR_WHERE_CLAUSE",
        ),
        ("SELECT segments.date, metrics.clicks FROM campaign", "EXPECTED_FILTERS_ON_DATE_RANGE"),
        (
            (
                "SELECT segments.hour, metrics.clicks FROM search_term_view "
                "WHERE segments.date = '2026-11-01'"
            ),
            "PROHIBITED_SEGMENT_IN_SELECT_OR_WHERE_CLAUSE",
        ),
        (
            "SELECT gender_view.resource_name, metrics.clicks FROM age_range_view",
            "PROHIBITED_RESOURCE_TYPE_IN_SELECT_CLAUSE",
        ),
    ],
)
def test_a_wrong_query_is_the_query_error_that_google_gives(
    sandbox: RunningSandbox, query: str, code: str
):
    google_ads, metadata = service(sandbox, GoogleAdsServiceClient)
    asked = {"customer_id": "1000000001", "query": query}
    with pytest.raises(GoogleAdsException) as refused:
        list(google_ads.search(request=asked, metadata=metadata, timeout=30))
    assert refused.value.failure.errors[0].error_code.query_error.name == code
    assert refused.value.request_id == "sandbox-request"


def test_the_token_endpoint_refuses_as_oauth_says(sandbox: RunningSandbox):
    assert token(sandbox, refresh_token="wrong").json()["error"] == "invalid_grant"
    refused = token(sandbox, client_secret="wrong")
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_the_same_seed_is_the_same_world_in_another_process(sandbox: RunningSandbox):
    from tests.conftest import NOW  # noqa: PLC0415
    from tests.sandbox.process import running_sandbox  # noqa: PLC0415

    asked = {"start": "2026-10-20", "end": "2026-10-23", "by": "campaign_hour"}
    with running_sandbox(world="small", as_of=NOW, ledger=False) as twin:
        assert twin.truth("google_ads/delivery", **asked) == sandbox.truth(
            "google_ads/delivery", **asked
        )
    with running_sandbox(world="small", as_of=NOW, seed=8, ledger=False) as other:
        assert other.truth("google_ads/delivery", **asked) != sandbox.truth(
            "google_ads/delivery", **asked
        )
