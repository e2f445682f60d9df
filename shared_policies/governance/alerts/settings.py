"""Where alerts go.

Belongs here: the typed environment. Does not: sending (delivery).
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

RUNBOOKS = "docs/runbooks"


class AlertSettings(BaseSettings):
    """Environment: ALERTS_*. With neither a webhook nor a mail server, alerts are logged only.

    The webhook's URL is a secret: whoever holds it may post. `email_to` lists addresses with
    commas between them. `starttls` is what mail servers offer at port 587, `tls` at 465.
    """

    model_config = SettingsConfigDict(
        env_prefix="ALERTS_", env_file=".env", extra="ignore", frozen=True
    )

    webhook_url: SecretStr | None = None
    smtp_host: str | None = None
    smtp_port: int = Field(default=587, gt=0, lt=65536)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    email_from: str | None = None
    email_to: str = ""
    runbook_url: str = Field(
        default=RUNBOOKS, description="The folder in which a page per kind of alert can be opened."
    )

    @property
    def recipients(self) -> tuple[str, ...]:
        return tuple(one.strip() for one in self.email_to.split(",") if one.strip())

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        if self.smtp_host is not None and not (self.email_from and self.recipients):
            raise ValueError("ALERTS_SMTP_HOST is set: set ALERTS_EMAIL_FROM and ALERTS_EMAIL_TO.")
        if (self.smtp_username is None) != (self.smtp_password is None):
            raise ValueError("set ALERTS_SMTP_USERNAME and ALERTS_SMTP_PASSWORD, or neither.")
        return self


def alert_settings() -> AlertSettings:
    return AlertSettings()
