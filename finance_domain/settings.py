"""How finance reaches its sources.

Belongs here: typed settings, and the choice between a source and its sandbox. Does not: anything
read when a location loads.
"""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared_policies.platform.company import SandboxSettings


class EcbSettings(BaseSettings):
    """Where rates newer than the packaged file come from. Environment: ECB_*.

    The ECB's own address is www.ecb.europa.eu/stats/eurofxref/eurofxref-hist.zip (https). Unset,
    newer rates come from the sandbox.
    """

    model_config = SettingsConfigDict(
        env_prefix="ECB_", env_file=".env", extra="ignore", frozen=True
    )

    rates_url: str | None = None
    request_timeout_seconds: float = Field(default=60, gt=0)
    sandbox: bool = Field(default=False, init=False)


def ecb_settings() -> EcbSettings:
    """From the environment, or the sandbox's."""
    settings = EcbSettings()
    if settings.rates_url is not None:
        return settings
    return EcbSettings.model_construct(
        rates_url=f"{SandboxSettings().http_url}/stats/eurofxref/eurofxref-hist.zip",
        request_timeout_seconds=settings.request_timeout_seconds,
        sandbox=True,
    )


class LedgerSettings(BaseSettings):
    """How to reach the company's books. Environment: LEDGER_*; the URL prints as **********.

    `url` is SQLAlchemy's, such as postgresql+psycopg://user:password@host:5432/database; its user
    needs select and nothing else. Unset, the sandbox's ledger is read.
    """

    model_config = SettingsConfigDict(
        env_prefix="LEDGER_", env_file=".env", extra="ignore", frozen=True
    )

    url: SecretStr | None = None
    schema_name: str | None = Field(default=None, description="Where its tables or views stand.")
    request_timeout_seconds: float = Field(default=300, gt=0)
    requests_per_second: int = Field(default=50, gt=0, description="Per company.")
    sandbox: bool = Field(default=False, init=False)


def ledger_settings() -> LedgerSettings:
    """From the environment, or the sandbox's."""
    settings = LedgerSettings()
    if settings.url is not None:
        return settings
    return LedgerSettings.model_construct(
        url=SecretStr(SandboxSettings().ledger_url),
        schema_name=None,
        request_timeout_seconds=settings.request_timeout_seconds,
        requests_per_second=settings.requests_per_second,
        sandbox=True,
    )
