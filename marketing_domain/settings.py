"""How marketing reaches its sources, and what it pulls of them.

Belongs here: typed, secret-safe settings from the environment or `.env`, the choice between a
source and its sandbox, sources.yaml. Does not: secrets read when a location loads; a missing one
fails when its source is pulled.

Long, and one thing: whoever connects a company reads all that can be set in one place.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared_policies.platform.company import SandboxSettings
from shared_policies.platform.errors import MisconfiguredSetting
from shared_policies.platform.source_choice import SourceChoice, read_choices


class AdobeAnalyticsSettings(BaseSettings):
    """How to reach Adobe Analytics. Environment: ADOBE_ANALYTICS_*; secrets print as **********.

    With none of the credentials set, the sandbox's are used. `lead_metric` unset: this company
    counts no leads in Adobe, and none are known. `segment_ids` are laid over every report.
    """

    model_config = SettingsConfigDict(
        env_prefix="ADOBE_ANALYTICS_", env_file=".env", extra="ignore", frozen=True
    )

    client_id: str | None = None
    client_secret: SecretStr | None = None
    company_id: str | None = Field(default=None, description="Global company id, as of discovery.")
    api_url: str = "https://analytics.adobe.io"
    ims_url: str = "https://ims-na1.adobelogin.com"
    tracking_code_dimension: str = Field(
        default="variables/campaign", description="Where the suites keep the tracking code."
    )
    lead_metric: str | None = Field(
        default=None, pattern=r"^metrics/event\d+$", description="The counter event of a lead."
    )
    segment_ids: tuple[str, ...] = ()
    request_timeout_seconds: float = Field(default=120, gt=0)
    requests_per_second: int = Field(
        default=2, gt=0, description="Per user: Adobe allows 12 in 6 seconds, to all suites."
    )
    quota_wait_seconds: float = Field(
        default=60, gt=0, description="Adobe does not say how long; it may be minutes."
    )
    sandbox: bool = Field(default=False, init=False)

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        return (self.client_secret,) if self.client_secret is not None else ()


class GoogleAdsSettings(BaseSettings):
    """How to reach Google Ads. Environment: GOOGLE_ADS_*; secrets print as **********.

    With none of the secrets set, the sandbox's are used.
    """

    model_config = SettingsConfigDict(
        env_prefix="GOOGLE_ADS_", env_file=".env", extra="ignore", frozen=True
    )

    developer_token: SecretStr | None = None
    client_id: SecretStr | None = None
    client_secret: SecretStr | None = None
    refresh_token: SecretStr | None = None
    login_customer_id: str | None = Field(
        default=None, pattern=r"^\d{10}$", description="Manager account, digits only."
    )
    endpoint: str | None = Field(default=None, description="host:port; default: Google's.")
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105  an address
    request_timeout_seconds: float = Field(
        default=300, gt=0, description="The SDK has no default timeout."
    )
    requests_per_second: int = Field(default=10, gt=0, description="Per account.")
    sandbox: bool = Field(default=False, init=False)

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        found = (self.developer_token, self.client_id, self.client_secret, self.refresh_token)
        return tuple(secret for secret in found if secret is not None)


class FacebookAdsSettings(BaseSettings):
    """How to reach Meta. Environment: FACEBOOK_ADS_*; secrets print as **********.

    With none of the secrets set, the sandbox's are used. With `business_id`, its own and its
    clients' ad accounts are pulled; without, every ad account of the token's user.
    """

    model_config = SettingsConfigDict(
        env_prefix="FACEBOOK_ADS_", env_file=".env", extra="ignore", frozen=True
    )

    access_token: SecretStr | None = None
    app_secret: SecretStr | None = None
    app_id: str | None = None
    business_id: str | None = None
    graph_url: str = "https://graph.facebook.com"
    api_version: str = Field(default="v26.0", pattern=r"^v\d+\.\d+$")
    request_timeout_seconds: float = Field(
        default=120, gt=0, description="The SDK has no default timeout."
    )
    report_patience_seconds: float = Field(
        default=900, gt=0, description="How long an asynchronous report may run."
    )
    requests_per_second: int = Field(default=10, gt=0, description="Per account.")
    sandbox: bool = Field(default=False, init=False)


class GoogleAnalyticsSettings(BaseSettings):
    """How to reach Google Analytics. Environment: GOOGLE_ANALYTICS_*; secrets print as **********.

    With none of the secrets set, the sandbox's are used.
    """

    model_config = SettingsConfigDict(
        env_prefix="GOOGLE_ANALYTICS_", env_file=".env", extra="ignore", frozen=True
    )

    client_id: SecretStr | None = None
    client_secret: SecretStr | None = None
    refresh_token: SecretStr | None = None
    endpoint: str | None = Field(
        default=None, description="Data API, host:port; default: Google's."
    )
    admin_endpoint: str | None = Field(default=None, description="Admin API, likewise.")
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105  an address
    request_timeout_seconds: float = Field(
        default=120, gt=0, description="The SDK's own is 60 s, with retries of its own."
    )
    requests_per_second: int = Field(default=5, gt=0, description="Per property.")
    sandbox: bool = Field(default=False, init=False)

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        found = (self.client_id, self.client_secret, self.refresh_token)
        return tuple(secret for secret in found if secret is not None)


class SalesforceSettings(BaseSettings):
    """How to reach Salesforce. Environment: SALESFORCE_*; secrets print as **********.

    With none of the secrets set, the sandbox's are used. The connected app needs the
    client-credentials flow and a run-as user who may read the objects.
    """

    model_config = SettingsConfigDict(
        env_prefix="SALESFORCE_", env_file=".env", extra="ignore", frozen=True
    )

    domain: str | None = Field(
        default=None, pattern=r"^[\w.-]+$", description="My Domain, such as acme.my."
    )
    consumer_key: SecretStr | None = None
    consumer_secret: SecretStr | None = None
    currency: str = Field(
        default="EUR",
        pattern=r"^[A-Z]{3}$",
        description="Of amounts, where the org keeps one currency only.",
    )
    api_version: str = Field(default="62.0", pattern=r"^\d+\.0$")
    request_timeout_seconds: float = Field(
        default=120, gt=0, description="The library has no default timeout."
    )
    requests_per_second: int = Field(default=5, gt=0, description="Per org.")
    sandbox_url: str | None = Field(default=None, init=False)
    sandbox: bool = Field(default=False, init=False)


class SalesforceChoice(SourceChoice):
    """`fields` are the company's names of the fields that say where a lead came from."""

    fields: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_what_can_be_named(self) -> Self:
        known = ("utm_source", "utm_medium", "utm_campaign", "utm_id", "google_ads_campaign_id")
        unknown = sorted(set(self.fields) - set(known))
        if unknown:
            raise ValueError(f"{', '.join(unknown)} is none of {', '.join(known)}")
        return self


class SurveysSettings(BaseSettings):
    """Which surveys there are and where their files are dropped. Environment: SURVEYS_*.

    `declarations` is a folder with a YAML file a survey. `folder_url` is a path or an fsspec URL;
    files of a survey stand in a folder of its name.
    """

    model_config = SettingsConfigDict(
        env_prefix="SURVEYS_", env_file=".env", extra="ignore", frozen=True
    )

    declarations: Path = Path(__file__).with_name("surveys")
    folder_url: str | None = None


class QualtricsSettings(BaseSettings):
    """How to reach Qualtrics. Environment: QUALTRICS_*; secrets print as **********.

    With nothing of it and no SURVEYS_FOLDER_URL set, the sandbox's are used.
    """

    model_config = SettingsConfigDict(
        env_prefix="QUALTRICS_", env_file=".env", extra="ignore", frozen=True
    )

    api_token: SecretStr | None = None
    base_url: str | None = Field(
        default=None, description="With the data centre: https://fra1.qualtrics.com."
    )
    request_timeout_seconds: float = Field(default=120, gt=0)
    export_patience_seconds: float = Field(
        default=900, gt=0, description="How long an export may take to be made."
    )
    requests_per_second: int = Field(default=2, gt=0, description="Per survey.")


class ChosenSources(BaseModel):
    """The form of sources.yaml: an entry a source; one that is not there is pulled as it comes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    adobe_analytics: SourceChoice = SourceChoice()
    google_ads: SourceChoice = SourceChoice()
    facebook_ads: SourceChoice = SourceChoice()
    google_analytics: SourceChoice = SourceChoice()
    salesforce: SalesforceChoice = SalesforceChoice()
    surveys: SourceChoice = SourceChoice()


class SourcesFile(BaseSettings):
    """Where the choice stands. Environment: MARKETING_SOURCES_FILE."""

    model_config = SettingsConfigDict(env_prefix="MARKETING_", env_file=".env", extra="ignore")

    sources_file: Path = Path(__file__).with_name("sources.yaml")


def chosen_sources() -> ChosenSources:
    """What marketing pulls; read once a file.

    Raises:
        MisconfiguredSetting: the file is not what it may be.
    """
    return _chosen_sources(SourcesFile().sources_file)


@cache
def _chosen_sources(path: Path) -> ChosenSources:
    return read_choices(path, ChosenSources)


def adobe_analytics_settings() -> AdobeAnalyticsSettings:
    """From the environment, or the sandbox's.

    Raises:
        MisconfiguredSetting: some of the credentials are set and others are not.
    """
    settings = AdobeAnalyticsSettings()
    if not _set_or_sandbox(
        settings, ("client_id", "client_secret", "company_id"), source="adobe_analytics"
    ):
        return settings
    sandbox = SandboxSettings()
    return AdobeAnalyticsSettings.model_construct(
        client_id="sandbox-adobe-client",
        client_secret=SecretStr("sandbox-adobe-secret"),
        company_id="aurora0",
        api_url=sandbox.http_url,
        ims_url=sandbox.http_url,
        tracking_code_dimension=settings.tracking_code_dimension,
        lead_metric="metrics/event12",
        segment_ids=settings.segment_ids,
        request_timeout_seconds=settings.request_timeout_seconds,
        requests_per_second=200,
        quota_wait_seconds=0.5,
        sandbox=True,
    )


def google_ads_settings() -> GoogleAdsSettings:
    """From the environment, or the sandbox's.

    Raises:
        MisconfiguredSetting: some of the secrets are set and others are not.
    """
    settings = GoogleAdsSettings()
    if not _set_or_sandbox(
        settings,
        ("developer_token", "client_id", "client_secret", "refresh_token", "login_customer_id"),
        source="google_ads",
    ):
        return settings
    sandbox = SandboxSettings()
    return GoogleAdsSettings.model_construct(
        developer_token=SecretStr("sandbox-developer-token"),
        client_id=SecretStr("sandbox-client"),
        client_secret=SecretStr("sandbox-secret"),
        refresh_token=SecretStr("sandbox-refresh-token"),
        login_customer_id="9000000001",
        endpoint=sandbox.grpc_address,
        token_uri=f"{sandbox.http_url}/oauth2/token",
        request_timeout_seconds=settings.request_timeout_seconds,
        requests_per_second=100,
        sandbox=True,
    )


def facebook_ads_settings() -> FacebookAdsSettings:
    """From the environment, or the sandbox's.

    Raises:
        MisconfiguredSetting: one of the secrets is set and the other is not.
    """
    settings = FacebookAdsSettings()
    if not _set_or_sandbox(settings, ("access_token", "app_secret"), source="facebook_ads"):
        return settings
    return FacebookAdsSettings.model_construct(
        access_token=SecretStr("sandbox-access-token"),
        app_secret=SecretStr("sandbox-app-secret"),
        app_id="1000",
        business_id=settings.business_id,
        graph_url=SandboxSettings().http_url,
        api_version=settings.api_version,
        request_timeout_seconds=settings.request_timeout_seconds,
        report_patience_seconds=settings.report_patience_seconds,
        requests_per_second=100,
        sandbox=True,
    )


def google_analytics_settings() -> GoogleAnalyticsSettings:
    """From the environment, or the sandbox's.

    Raises:
        MisconfiguredSetting: some of the secrets are set and others are not.
    """
    settings = GoogleAnalyticsSettings()
    if not _set_or_sandbox(
        settings, ("client_id", "client_secret", "refresh_token"), source="google_analytics"
    ):
        return settings
    sandbox = SandboxSettings()
    return GoogleAnalyticsSettings.model_construct(
        client_id=SecretStr("sandbox-client"),
        client_secret=SecretStr("sandbox-secret"),
        refresh_token=SecretStr("sandbox-refresh-token"),
        endpoint=sandbox.grpc_address,
        admin_endpoint=sandbox.grpc_address,
        token_uri=f"{sandbox.http_url}/oauth2/token",
        request_timeout_seconds=settings.request_timeout_seconds,
        requests_per_second=100,
        sandbox=True,
    )


def salesforce_settings() -> SalesforceSettings:
    """From the environment, or the sandbox's.

    Raises:
        MisconfiguredSetting: some of the credentials are set and others are not.
    """
    settings = SalesforceSettings()
    names = ("domain", "consumer_key", "consumer_secret")
    if not _set_or_sandbox(settings, names, source="salesforce"):
        return settings
    return SalesforceSettings.model_construct(
        domain="sandbox.my",
        consumer_key=SecretStr("sandbox-consumer-key"),
        consumer_secret=SecretStr("sandbox-consumer-secret"),
        currency=settings.currency,
        api_version=settings.api_version,
        request_timeout_seconds=settings.request_timeout_seconds,
        requests_per_second=100,
        sandbox_url=SandboxSettings().http_url,
        sandbox=True,
    )


def survey_settings() -> tuple[SurveysSettings, QualtricsSettings, bool]:
    """Where surveys come from, and whether the sandbox stands in: nothing of either is set.

    Raises:
        MisconfiguredSetting: of Qualtrics' token and address only one is set.
    """
    surveys, qualtrics = SurveysSettings(), QualtricsSettings()
    unset = _set_or_sandbox(qualtrics, ("api_token", "base_url"), source="qualtrics")
    if surveys.folder_url is not None or not unset:
        return surveys, qualtrics, False
    sandbox = SandboxSettings()
    in_sandbox = {
        "api_token": SecretStr("sandbox-qualtrics-token"),
        "base_url": sandbox.http_url,
        "requests_per_second": 100,
    }
    return (
        surveys.model_copy(update={"folder_url": f"{sandbox.files_dir.resolve()}/surveys"}),
        qualtrics.model_copy(update=in_sandbox),
        True,
    )


def _set_or_sandbox(settings: BaseSettings, names: tuple[str, ...], *, source: str) -> bool:
    """Whether the sandbox stands in: nothing is set. Half a set of credentials is a mistake."""
    missing = [name for name in names if getattr(settings, name) is None]
    if missing and len(missing) < len(names):
        listed = ", ".join(f"{source}_{name}".upper() for name in missing)
        raise MisconfiguredSetting(
            f"some of its credentials are set, but not {listed}.",
            cure="Set them in the environment or in .env; or unset all, to use the sandbox.",
            source=source,
        )
    return bool(missing)
