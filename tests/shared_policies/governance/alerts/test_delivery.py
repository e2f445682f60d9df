"""Alerts over real HTTP and real SMTP, on loopback."""

from __future__ import annotations

import json
import logging
import socket
import threading
import traceback
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from pydantic import SecretStr, ValidationError

from shared_policies.governance.alerts.delivery import Email, Log, Webhook, channels, deliver
from shared_policies.governance.alerts.findings import Finding
from shared_policies.governance.alerts.incidents import Incident
from shared_policies.governance.alerts.messages import Message, message
from shared_policies.governance.alerts.settings import AlertSettings
from shared_policies.platform.errors import MisconfiguredSetting, PipelineError, TransientFault
from tests.shared_policies.governance.service_levels.promises import utc

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message as Mail

    from shared_policies.governance.alerts.incidents import Event

TOKEN = "T0KEN-that-nobody-may-see"
PASSWORD = "pa55/word-that-nobody-may-see"


def news(event: Event = "opened", *, about: str = "latency") -> Message:
    finding = Finding(
        port="marketing/spend",
        about=about,
        grade=1,
        what="Its promise of latency PT9H is broken: 2026-11-03 is not published.",
        since=utc("2026-11-04 08:00"),
        owner="team marketing (#marketing-data)",
        consumers=("finance/report", "finance/profit"),
        cure="Materialise what is missing.",
        runbook="latency",
    )
    incident = Incident(
        incident_id="20261104T080200000000Z-marketing.spend.latency",
        opened_at=utc("2026-11-04 08:02"),
        finding=finding,
        closed_at=utc("2026-11-04 10:00") if event == "closed" else None,
    )
    return message(
        incident, event, runbook_url="https://runbook.example/page", time_zone="Europe/Berlin"
    )


@dataclass
class Hook:
    """What a webhook's server got, and what it answers next; the last answer is repeated."""

    answers: list[int]
    got: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)
    url: str = ""


@contextmanager
def webhook(*answers: int) -> Iterator[Hook]:
    hook = Hook(answers=list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.got.append((dict(self.headers), json.loads(body)))
            status = hook.answers.pop(0) if len(hook.answers) > 1 else hook.answers[0]
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """The test says what it saw."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        hook.url = f"http://127.0.0.1:{server.server_port}/services/{TOKEN}"
        try:
            yield hook
        finally:
            server.shutdown()
            thread.join()


class Mailbox:
    """A mail server's handler that keeps what it is given, or answers with `refusal`."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.recipients: list[str] = []
        self.refusals: list[str] = []
        self.unknown: set[str] = set()

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, _server: object, _session: object, envelope: Envelope, address: str, _options: object
    ) -> str:
        if address in self.unknown:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        if self.refusals:
            return self.refusals.pop(0)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients += envelope.rcpt_tos
        return "250 OK"


@contextmanager
def mail_server(**options: object) -> Iterator[tuple[Mailbox, int]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield mailbox, port
    finally:
        controller.stop()


def mail_settings(port: int, **more: str | SecretStr) -> AlertSettings:
    reachable = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none"}
    people = {"email_from": "mesh@example.org", "email_to": "owner@example.org, two@example.org"}
    return AlertSettings(**{**reachable, **people, **more})


def email(settings: AlertSettings) -> Email:
    return Email(settings, logging.getLogger("alerts"))


def test_a_webhook_gets_what_since_when_whose_and_the_cure():
    with webhook(200) as hook:
        deliver(Webhook(SecretStr(hook.url)), news(), wait_seconds=0)
    ((headers, body),) = hook.got
    assert body["product"] == "marketing/spend"
    assert body["event"] == "opened"
    assert body["owner"] == "team marketing (#marketing-data)"
    assert body["consumers"] == ["finance/report", "finance/profit"]
    assert body["since"] == "2026-11-04T08:00:00+00:00"
    assert body["runbook"] == "https://runbook.example/page/latency.md"
    assert "Since:    Wednesday 4 November 2026, 09:00 (Europe/Berlin)" in body["text"]
    assert "Cure:     Materialise what is missing." in body["text"]
    assert headers["Idempotency-Key"].endswith("marketing.spend.latency/opened/1")


@pytest.mark.parametrize(
    "name",
    [
        "<!channel>",
        "<@U012AB3CD>",
        "<https://evil.example/login|ok>",
        "Search & Social <DE>",
        "&lt;!here&gt;",
        "*all* _good_ `now`",
    ],
)
def test_a_name_arrives_in_slack_as_the_text_that_it_is(name: str):
    with webhook(200) as hook:
        deliver(Webhook(SecretStr(hook.url)), news(about=name), wait_seconds=0)
    ((_, body),) = hook.got
    assert not {"<", ">"} & set(body["text"])
    shown = body["text"].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert shown.startswith(f"marketing/spend breaks a promise: {name}\n")
    assert body["mrkdwn"] is False
    assert body["about"] == name, "a program reads it as it is"


def test_a_webhook_that_falters_is_asked_again():
    with webhook(503, 429, 204) as hook:
        deliver(Webhook(SecretStr(hook.url)), news(), wait_seconds=0)
    assert len(hook.got) == 3
    assert len({headers["Idempotency-Key"] for headers, _ in hook.got}) == 1


def test_a_webhook_that_keeps_faltering_is_given_up_after_three_attempts():
    with webhook(500) as hook, pytest.raises(TransientFault, match="answered 500"):
        deliver(Webhook(SecretStr(hook.url)), news(), wait_seconds=0)
    assert len(hook.got) == 3


@pytest.mark.parametrize("status", [302, 403, 404, 410])
def test_a_webhook_that_refuses_is_not_asked_again(status: int):
    with webhook(status) as hook, pytest.raises(MisconfiguredSetting, match=str(status)):
        deliver(Webhook(SecretStr(hook.url)), news(), wait_seconds=0)
    assert len(hook.got) == 1


def test_the_webhooks_secret_is_in_no_error_and_in_none_of_its_causes():
    with webhook(200) as hook:
        closed = hook.url
    with pytest.raises(TransientFault) as failed:
        deliver(Webhook(SecretStr(closed)), news(), wait_seconds=0)
    assert TOKEN not in whole(failed.value)


def test_an_owner_gets_a_mail_and_its_end_in_the_same_thread():
    with mail_server() as (mailbox, port):
        for event in ("opened", "closed"):
            deliver(email(mail_settings(port)), news(event), wait_seconds=0)
    opened, closed = mailbox.mails
    assert opened["Subject"] == "marketing/spend breaks a promise: latency"
    assert opened["To"] == "owner@example.org, two@example.org"
    assert mailbox.recipients[:2] == ["owner@example.org", "two@example.org"]
    assert "Affected: finance/report, finance/profit" in opened.get_content()
    assert closed["Subject"] == "marketing/spend is in order again: latency"
    assert closed["In-Reply-To"] == opened["Message-ID"]
    assert "Mended:   Wednesday 4 November 2026, 11:00" in closed.get_content()
    assert "Cure:" not in closed.get_content()


def test_a_line_break_in_a_name_cannot_add_a_header():
    with mail_server() as (mailbox, port):
        evil = news(about="latency\r\nBcc: everybody@example.org")
        deliver(email(mail_settings(port)), evil, wait_seconds=0)
    (mail,) = mailbox.mails
    assert mail["Bcc"] is None
    assert "everybody@example.org" not in mailbox.recipients


def test_a_mail_server_that_falters_is_asked_again_and_one_that_refuses_is_not():
    with mail_server() as (mailbox, port):
        mailbox.refusals = ["451 try later", "451 try later"]
        deliver(email(mail_settings(port)), news(), wait_seconds=0)
        mailbox.refusals = ["554 no", "554 no"]
        with pytest.raises(MisconfiguredSetting, match="554"):
            deliver(email(mail_settings(port)), news(), wait_seconds=0)
    assert len(mailbox.mails) == 1
    assert mailbox.refusals == ["554 no"]


def test_one_unknown_recipient_is_named_and_the_others_are_told_once(
    caplog: pytest.LogCaptureFixture,
):
    with mail_server() as (mailbox, port):
        mailbox.unknown = {"two@example.org"}
        deliver(email(mail_settings(port)), news(), wait_seconds=0)
    assert mailbox.recipients == ["owner@example.org"]
    assert "refused for ['two@example.org']" in caplog.text


def test_a_rejected_password_is_named_as_a_setting_and_never_shown():
    def reject(*_: object) -> AuthResult:
        return AuthResult(success=False, handled=False, message=f"535 no {PASSWORD} here")

    secret = {"smtp_username": "mesh", "smtp_password": SecretStr(PASSWORD)}
    with (
        mail_server(authenticator=reject, auth_require_tls=False) as (_, port),
        pytest.raises(MisconfiguredSetting, match="ALERTS_SMTP_") as failed,
    ):
        deliver(email(mail_settings(port, **secret)), news(), wait_seconds=0)
    assert PASSWORD not in whole(failed.value)


def test_a_password_is_never_sent_where_the_server_cannot_encrypt():
    secret = {"smtp_username": "mesh", "smtp_password": SecretStr(PASSWORD)}
    with mail_server() as (mailbox, port):
        settings = mail_settings(port, smtp_security="starttls", **secret)
        with pytest.raises(MisconfiguredSetting, match="STARTTLS"):
            deliver(email(settings), news(), wait_seconds=0)
    assert mailbox.mails == []


def test_settings_hide_their_secrets_and_refuse_half_a_mail_server():
    settings = AlertSettings(webhook_url=SecretStr(f"https://hooks.example/{TOKEN}"))
    assert TOKEN not in f"{settings!r} {settings}"
    with pytest.raises(ValidationError, match="ALERTS_EMAIL_FROM and ALERTS_EMAIL_TO"):
        AlertSettings(smtp_host="mail.example.org")
    with pytest.raises(ValidationError, match="ALERTS_SMTP_PASSWORD, or neither"):
        AlertSettings(smtp_username="mesh")


def test_without_settings_alerts_are_written_to_the_log(caplog: pytest.LogCaptureFixture):
    log = logging.getLogger("alerts")
    (only,) = channels(AlertSettings(), log)
    assert isinstance(only, Log)
    deliver(only, news(), wait_seconds=0)
    assert "marketing/spend breaks a promise: latency" in caplog.text
    assert "team marketing" in caplog.text


def test_every_channel_that_is_set_is_used():
    settings = mail_settings(25, webhook_url=SecretStr("https://hooks.example/1"))
    names = [one.name for one in channels(settings, logging.getLogger("alerts"))]
    assert names == ["log", "webhook", "email"]


def whole(error: PipelineError) -> str:
    """Everything that a traceback of `error` would print, and what it carries."""
    return "".join(traceback.format_exception(error)) + repr(vars(error))
