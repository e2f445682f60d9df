"""How a message reaches people: a webhook, a mail server, the log.

Belongs here: protocols, retries, what a refusal means. Does not: what is said (messages), who was
told already (incidents).
"""

from __future__ import annotations

import smtplib
import ssl
from abc import ABC, abstractmethod
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING

import tenacity

from shared_policies.platform.errors import MisconfiguredSetting, RetryLater, TransientFault
from shared_policies.platform.event_lines import tell
from shared_policies.platform.redaction import redact

if TYPE_CHECKING:
    from logging import Logger

    from pydantic import SecretStr

    from shared_policies.governance.alerts.messages import Message
    from shared_policies.governance.alerts.settings import AlertSettings

# A sensor's tick ends after 60 s: two channels that hang use at most 2 * (3 * 4 s + waits) of it.
TIMEOUT_SECONDS = 4.0
ATTEMPTS = 3


class Channel(ABC):
    """One way to tell people. `name` is remembered with each incident."""

    name: str

    @abstractmethod
    def send(self, message: Message) -> None:
        """Deliver once.

        Raises:
            RetryLater: the other side faltered.
            MisconfiguredSetting: it refuses, and will refuse again.
        """


@dataclass(frozen=True, slots=True)
class Webhook(Channel):
    """A POST of JSON; any 2xx answer is a delivery. `Idempotency-Key` is the message's key."""

    url: SecretStr
    name = "webhook"

    def send(self, message: Message) -> None:
        import requests  # noqa: PLC0415  0.1 s that a location's load need not pay

        try:
            answer = requests.post(
                self.url.get_secret_value(),
                json=message.as_fields(),
                headers={"Idempotency-Key": message.key},
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
                stream=True,  # the status is the answer; a body could take for ever
            )
        except requests.RequestException as error:
            # The cause is left out: it carries the URL, which is the secret.
            raise TransientFault(
                f"the webhook could not be reached: {type(error).__name__}.",
                cure="It is tried again at the next look.",
                source=self.name,
            ) from None
        answer.close()
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS or answer.status_code >= 500:  # noqa: PLR2004  the class of answers that a repeat may change
            raise TransientFault(
                f"the webhook answered {answer.status_code}.",
                cure="It is tried again at the next look.",
                source=self.name,
            )
        if not answer.ok or answer.is_redirect:
            raise MisconfiguredSetting(
                f"the webhook refuses with {answer.status_code}.",
                cure="Set ALERTS_WEBHOOK_URL to one that is still valid.",
                source=self.name,
            )


@dataclass(frozen=True, slots=True)
class Email(Channel):
    """Plain text through a mail server; all mails of an incident are one thread."""

    settings: AlertSettings
    log: Logger
    name = "email"

    def send(self, message: Message) -> None:
        settings = self.settings
        try:
            with self._connected() as server:
                if settings.smtp_security == "starttls":
                    server.starttls(context=ssl.create_default_context())
                if settings.smtp_username is not None and settings.smtp_password is not None:
                    server.login(settings.smtp_username, settings.smtp_password.get_secret_value())
                refused = server.send_message(_mail(message, settings))
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError) as error:
            raise self._refused(error) from None
        except smtplib.SMTPResponseException as error:
            # By RFC 5321 a 5xx answer stays the same when the command is repeated.
            faltered = error.smtp_code < 500  # noqa: PLR2004  see the line above
            raise (self._faltered(error) if faltered else self._refused(error)) from None
        except smtplib.SMTPRecipientsRefused as error:
            raise self._refused(error) from None
        except (OSError, smtplib.SMTPException) as error:
            raise self._faltered(error) from None
        if refused:
            # The others have it: to fail here would send it to them again.
            self.log.error("email: refused for %s; correct ALERTS_EMAIL_TO.", sorted(refused))

    def _connected(self) -> smtplib.SMTP:
        host, port = self.settings.smtp_host or "", self.settings.smtp_port
        if self.settings.smtp_security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=context)
        return smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)

    def _faltered(self, error: Exception) -> TransientFault:
        return TransientFault(
            f"the mail server faltered: {self._told(error)}.",
            cure="It is tried again at the next look.",
            source=self.name,
        )

    def _refused(self, error: Exception) -> MisconfiguredSetting:
        return MisconfiguredSetting(
            f"the mail server refuses: {self._told(error)}.",
            cure="Correct ALERTS_SMTP_* and ALERTS_EMAIL_*.",
            source=self.name,
        )

    def _told(self, error: Exception) -> str:
        password = self.settings.smtp_password
        text = f"{type(error).__name__} {error}"
        return redact(text, secrets=[] if password is None else [password])


@dataclass(frozen=True, slots=True)
class Log(Channel):
    """What is always told, so that a mesh without settings hides nothing."""

    log: Logger
    name = "log"

    def send(self, message: Message) -> None:
        self.log.warning("%s\n%s", message.subject, message.text)
        finding = message.incident.finding
        tell(
            "alert",
            run_id=None,
            change=message.event,
            incident=message.incident.incident_id,
            product=finding.port,
            about=finding.about,
            grade=finding.grade,
            verdict=finding.what,
            owner=finding.owner,
        )


def channels(settings: AlertSettings, log: Logger) -> list[Channel]:
    """The log, and whatever is set."""
    found: list[Channel] = [Log(log)]
    if settings.webhook_url is not None:
        found.append(Webhook(settings.webhook_url))
    if settings.smtp_host is not None:
        found.append(Email(settings, log))
    return found


def deliver(channel: Channel, message: Message, *, wait_seconds: float) -> None:
    """Send; what faltered is sent again, at most `ATTEMPTS` times in all.

    `wait_seconds` is waited before the second attempt, twice as long before the third.

    Raises:
        PipelineError: it was not delivered; see `Channel.send`.
    """
    attempts = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(RetryLater),
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=tenacity.wait_exponential(multiplier=wait_seconds),
        reraise=True,
    )
    attempts(channel.send, message)


def _mail(message: Message, settings: AlertSettings) -> EmailMessage:
    host = (settings.email_from or "").rpartition("@")[2]
    thread = f"<{message.incident.incident_id}@{host}>"
    mail = EmailMessage()
    # One line: a header must not be continued by what a product or policy is called.
    mail["Subject"] = " ".join(message.subject.split())
    mail["From"] = settings.email_from
    mail["To"] = ", ".join(settings.recipients)
    mail["Date"] = formatdate(localtime=False)
    if message.event == "opened":
        mail["Message-ID"] = thread
    else:
        mail["Message-ID"] = f"<{message.key.replace('/', '.')}@{host}>"
        mail["In-Reply-To"] = mail["References"] = thread
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{message.text}\n")
    return mail
