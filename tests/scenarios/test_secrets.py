"""No secret is written, shown or told, whatever the outside systems do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import socket
import traceback
import warnings
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

import dagster as dg
import pytest
from click.testing import CliRunner
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from finance_domain import settings as finance_settings
from finance_domain.landing.ecb import SOURCE as ECB
from finance_domain.landing.ledger import SOURCE as LEDGER
from marketing_domain import settings as marketing_settings
from marketing_domain.landing.adobe_analytics import SOURCE as ADOBE
from marketing_domain.landing.facebook_ads import SOURCE as META
from marketing_domain.landing.google_ads import SOURCE as GOOGLE
from marketing_domain.landing.google_analytics import SOURCE as ANALYTICS
from marketing_domain.landing.salesforce import SOURCE as SALESFORCE
from marketing_domain.landing.surveys import SOURCE as SURVEYS
from shared_policies.doctor.__main__ import doctor
from shared_policies.governance.alerts import settings as alerts
from shared_policies.governance.alerts.delivery import channels
from shared_policies.governance.alerts.findings import Finding
from shared_policies.governance.alerts.incidents import IncidentStore
from shared_policies.governance.alerts.telling import tell
from shared_policies.orchestration.landing_assets import Source, landing_assets
from shared_policies.platform import privacy
from shared_policies.platform.company import data_settings
from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import PipelineError
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.pulling import pull_accounts
from shared_policies.platform.requests import RequestPolicy
from tests.conftest import NOW
from tests.sandbox.adobe_analytics import routes as adobe
from tests.sandbox.facebook_ads import routes as meta
from tests.sandbox.google_ads import routes as google_ads
from tests.sandbox.oauth import routes as oauth
from tests.sandbox.salesforce import routes as salesforce
from tests.sandbox.serve import serving
from tests.sandbox.state import Sandbox
from tests.sandbox.surveys import routes as surveys
from tests.sandbox.world.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.sandbox.serve import Addresses

DAY = date(2026, 11, 3)
RATE_LIMITED = (
    "ADOBE_ANALYTICS",
    "FACEBOOK_ADS",
    "GOOGLE_ADS",
    "GOOGLE_ANALYTICS",
    "QUALTRICS",
    "SALESFORCE",
)
ADDRESSES = (
    "FACEBOOK_ADS_GRAPH_URL",
    "ADOBE_ANALYTICS_IMS_URL",
    "SALESFORCE_SANDBOX_URL",
    "QUALTRICS_BASE_URL",
)
# Of each source a stream, and whose requests meet which trouble.
TRIALS: tuple[tuple[Source, str, tuple[tuple[str, str], ...]], ...] = (
    (
        GOOGLE,
        "campaign_day",
        (
            ("oauth", "revoked_token"),
            ("google_ads", "permission_lost"),
            ("google_ads", "transient"),
            ("google_ads", "quota"),
        ),
    ),
    (
        META,
        "campaign_day",
        (
            ("facebook_ads", "revoked_token"),
            ("facebook_ads", "html_502"),
            ("facebook_ads", "permission_lost"),
            ("facebook_ads", "transient"),
        ),
    ),
    (
        ANALYTICS,
        "session_hour",
        (("google_analytics", "token_rejected"), ("google_analytics", "unavailable")),
    ),
    (
        ADOBE,
        "suite_day",
        (
            ("adobe_analytics", "revoked_secret"),
            ("adobe_analytics", "html_502"),
            ("adobe_analytics", "unavailable"),
        ),
    ),
    (SALESFORCE, "lead", (("salesforce", "expired_session"), ("salesforce", "html_502"))),
    (SURVEYS, "answer", (("surveys", "unauthorised"), ("surveys", "transient"))),
    (ECB, "reference_rate", (("ecb", "html_502"),)),
    (LEDGER, "orders", ()),
)


def marker(name: str) -> str:
    """No other text is like it, and every way of quoting changes it."""
    return f"s3cr3t-{name.lower()}-a+b/c=d&e"


def in_every_spelling(secret: str) -> set[str]:
    """As it is, as it stands in URLs, and inside base64 wherever it begins."""
    shifted = [
        base64.b64encode(b"x" * before + secret.encode()).decode()[4 if before else 0 :]
        for before in range(3)
    ]
    return {secret, quote(secret, safe=""), quote_plus(secret), *(one[:-4] for one in shifted)}


def secret_settings() -> set[str]:
    """The environment's name of every setting that is declared a secret."""
    modules = (marketing_settings, finance_settings, alerts, privacy)
    classes = [
        one
        for module in modules
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, BaseSettings) and one is not BaseSettings
    ]
    return {
        f"{one.model_config['env_prefix']}{name}".upper()
        for one in classes
        for name, field in one.model_fields.items()
        if SecretStr in (field.annotation, *getattr(field.annotation, "__args__", ()))
    }


def environment(addresses: Addresses, closed: str) -> dict[str, str]:
    """Every source is set up as a real one; `closed` is an address at which nobody listens."""
    http, grpc = addresses.http_url, addresses.grpc_address
    secrets = {name: marker(name) for name in secret_settings()}
    host, port = closed.split(":")
    ledger, webhook = quote_plus(marker("LEDGER_URL")), quote_plus(marker("ALERTS_WEBHOOK_URL"))
    return {
        **secrets,
        **{f"{name}_REQUESTS_PER_SECOND": "100" for name in RATE_LIMITED},
        "LEDGER_URL": f"postgresql+psycopg://reader:{ledger}@{closed}/books",
        "ALERTS_WEBHOOK_URL": f"http://{closed}/hook?token={webhook}",
        "ALERTS_SMTP_HOST": host,
        "ALERTS_SMTP_PORT": port,
        "ALERTS_SMTP_USERNAME": "mesh",
        "ALERTS_EMAIL_FROM": "mesh@example.com",
        "ALERTS_EMAIL_TO": "team@example.com",
        "GOOGLE_ADS_LOGIN_CUSTOMER_ID": "9000000001",
        "GOOGLE_ADS_ENDPOINT": grpc,
        "GOOGLE_ADS_TOKEN_URI": f"{http}/oauth2/token",
        "GOOGLE_ANALYTICS_ENDPOINT": grpc,
        "GOOGLE_ANALYTICS_ADMIN_ENDPOINT": grpc,
        "GOOGLE_ANALYTICS_TOKEN_URI": f"{http}/oauth2/token",
        "FACEBOOK_ADS_GRAPH_URL": http,
        "ADOBE_ANALYTICS_CLIENT_ID": "sandbox-adobe-client",
        "ADOBE_ANALYTICS_COMPANY_ID": "aurora0",
        "ADOBE_ANALYTICS_API_URL": http,
        "ADOBE_ANALYTICS_IMS_URL": http,
        "SALESFORCE_DOMAIN": "sandbox.my",
        "SALESFORCE_SANDBOX_URL": http,
        "QUALTRICS_BASE_URL": http,
        "SURVEYS_FOLDER_URL": f"{addresses.files_dir}/surveys",
        "ECB_RATES_URL": f"{http}/stats/eurofxref/eurofxref-hist.zip",
    }


def accepted_credentials(patch: pytest.MonkeyPatch) -> None:
    """The sandbox takes the marked secrets for its own."""
    patch.setattr(oauth, "CLIENT_ID", marker("GOOGLE_ADS_CLIENT_ID"))
    patch.setattr(oauth, "CLIENT_SECRET", marker("GOOGLE_ADS_CLIENT_SECRET"))
    patch.setattr(oauth, "REFRESH_TOKEN", marker("GOOGLE_ADS_REFRESH_TOKEN"))
    patch.setattr(google_ads, "DEVELOPER_TOKEN", marker("GOOGLE_ADS_DEVELOPER_TOKEN"))
    patch.setattr(meta, "ACCESS_TOKEN", marker("FACEBOOK_ADS_ACCESS_TOKEN"))
    patch.setattr(meta, "APP_SECRET", marker("FACEBOOK_ADS_APP_SECRET"))
    patch.setattr(meta, "PROOF", proof())
    patch.setattr(adobe, "CLIENT_SECRET", marker("ADOBE_ANALYTICS_CLIENT_SECRET"))
    key, secret = marker("SALESFORCE_CONSUMER_KEY"), marker("SALESFORCE_CONSUMER_SECRET")
    patch.setattr(salesforce, "CONSUMER", f"{key}:{secret}")
    patch.setattr(surveys, "TOKEN", marker("QUALTRICS_API_TOKEN"))


def proof() -> str:
    key, message = marker("FACEBOOK_ADS_APP_SECRET"), marker("FACEBOOK_ADS_ACCESS_TOKEN")
    return hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()


def forbidden() -> set[str]:
    """Whatever must stand nowhere: secrets, what is made of them, and tokens got for them."""
    secrets = set().union(*(in_every_spelling(marker(name)) for name in secret_settings()))
    return {*secrets, proof(), "sandbox-access-", "sandbox-adobe-access-", "00D!"}


@pytest.fixture
def closed() -> Iterator[str]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: whoever comes is refused
        yield f"127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def marked(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, closed: str
) -> Iterator[Sandbox]:
    """A sandbox and a mesh in which every secret is marked."""
    outside = tmp_path_factory.mktemp("outside")
    sandbox = Sandbox(world=World.of_size("small", seed=7), fixed_as_of=NOW)
    with (
        serving(
            sandbox, http_port=0, grpc_port=0, ledger_url="", files_dir=str(outside)
        ) as addresses,
        pytest.MonkeyPatch.context() as patch,
    ):
        accepted_credentials(patch)
        for name, value in environment(addresses, closed).items():
            patch.setenv(name, value)
        patch.setenv("MESH_DATA_DIR", str(tmp_path))
        patch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
        (tmp_path / "dagster").mkdir()
        patch.setattr(RequestPolicy, "_wait", lambda *_: 0.0)
        yield sandbox


def told(source: Source, stream: str) -> str:
    """Pull one day, and every word of what went wrong with it."""
    connector = source.connect()
    assert not connector.sandbox
    try:
        report = pull_accounts(
            connector,
            source.streams[stream],
            DayRange.single(DAY),
            landing_store=LandingStore(data_settings().landing_url),
            threads=2,
            on_progress=print,
        )
    except PipelineError as error:
        errors: list[PipelineError] = [error]
    else:
        errors = [*report.failed.values(), *report.unreadable.values()]
    return "\n".join(line for error in errors for line in traceback.format_exception(error))


def unreachable(closed: str) -> list[str]:
    """Client libraries put the whole address into what they raise, with whatever stands in it."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ADDRESSES:
            patch.setenv(name, f"http://{closed}")
        words = [
            told(source, stream)
            for source, stream, _ in TRIALS
            if source.name in {"facebook_ads", "adobe_analytics", "salesforce", "surveys"}
        ]
    assert all(words)
    return words


def run_in_dagster(source: Source, stream: str) -> None:
    """The same as a run, whose failure is kept in Dagster's home."""
    [asset] = [one for one in landing_assets([source]) if one.key.path[-1] == stream]
    with warnings.catch_warnings(), dg.DagsterInstance.get() as instance:
        warnings.simplefilter("ignore")
        dg.materialize(
            [asset],
            partition_key=str(DAY),
            resources={"landing_store": LandingStore(data_settings().landing_url)},
            instance=instance,
            raise_on_error=False,
        )


def alert() -> None:
    """An incident that can be told to nobody."""
    settings, log = alerts.alert_settings(), logging.getLogger("alerts")
    finding = Finding(
        port="marketing/spend",
        about="latency",
        grade=1,
        what="2026-11-03 is not published.",
        since=NOW,
        owner="team marketing",
        consumers=(),
        cure="Materialise it.",
        runbook="latency",
    )
    tell(
        [finding],
        store=IncidentStore(data_settings().governance_url),
        channels=channels(settings, log),
        now=NOW,
        log=log,
        runbook_url=settings.runbook_url,
        time_zone="Europe/Berlin",
        wait_seconds=0,
    )


def test_no_secret_leaves_the_memory_through_any_trouble(
    marked: Sandbox,
    closed: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
):
    caplog.set_level(logging.INFO)
    words = []
    for source, stream, troubles in TRIALS:
        for of, kind in troubles:
            marked.faults.replace([{"source": of, "kind": kind, "times": None}])
            words.append(told(source, stream))
            assert words[-1], f"{kind} of {source.name} troubled nobody"
        run_in_dagster(source, stream)
        marked.faults.replace([])
        run_in_dagster(source, stream)
    words += unreachable(closed)
    alert()
    words.append(CliRunner().invoke(doctor).output)
    shown = "".join(capfd.readouterr())
    places = {"errors": "\n".join(words), "terminal": shown, "log": caplog.text}
    files = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert any("event" in str(path) or "runs" in str(path) for path in files)
    leaked = [
        (where, secret)
        for secret in forbidden()
        for where, content in [*places.items(), *files.items()]
        if (secret.encode() if isinstance(content, bytes) else secret) in content
    ]
    assert not leaked, sorted({(str(where), secret) for where, secret in leaked})[:20]


def test_every_spelling_of_a_secret_would_be_found():
    secret = marker("EXAMPLE")
    sent = [secret, quote_plus(secret), base64.b64encode(f"client:{secret}".encode()).decode()]
    assert all(any(one in text for one in in_every_spelling(secret)) for text in sent)
