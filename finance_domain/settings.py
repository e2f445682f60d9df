"""How finance reaches its sources.

Belongs here: typed settings, and the choice between a source and its sandbox. Does not: anything
read when a location loads.
"""

from __future__ import annotations

from pydantic import Field
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
