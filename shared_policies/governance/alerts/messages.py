"""What an incident's messages say.

Belongs here: plain English, and the same as fields. Does not: where it is sent (delivery).
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import datetime

    from shared_policies.governance.alerts.incidents import Event, Incident

OPENING = {
    "opened": "breaks a promise",
    "worse": "got worse",
    "closed": "is in order again",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`key` is the same whenever the same thing is said, so that a receiver can drop a repeat."""

    key: str
    event: Event
    incident: Incident
    subject: str
    text: str
    runbook_url: str

    def as_fields(self) -> dict[str, Any]:
        """For a webhook. `text` alone is what chat programs show, and names in it stay names.

        Slack reads `<!channel>` as a call and `<https://…|…>` as a link unless &, < and > are
        escaped, and *, _ and ` as formats unless `mrkdwn` is off:
        https://docs.slack.dev/messaging/formatting-message-text
        """
        finding = self.incident.finding
        closed_at = self.incident.closed_at
        return {
            "text": escape(f"{self.subject}\n{self.text}", quote=False),
            "mrkdwn": False,
            "event": self.event,
            "incident": self.incident.incident_id,
            "product": finding.port,
            "about": finding.about,
            "grade": finding.grade,
            "what": finding.what,
            "since": finding.since.isoformat(),
            "opened_at": self.incident.opened_at.isoformat(),
            "closed_at": None if closed_at is None else closed_at.isoformat(),
            "owner": finding.owner,
            "consumers": list(finding.consumers),
            "cure": finding.cure,
            "runbook": self.runbook_url,
        }


def message(incident: Incident, event: Event, *, runbook_url: str, time_zone: str) -> Message:
    """What to tell of `incident`. Instants are shown in `time_zone` (IANA)."""
    finding = incident.finding
    link = f"{runbook_url.rstrip('/')}/{finding.runbook}.md"
    lines = {
        "What": finding.what,
        "Since": _spoken(finding.since, time_zone),
        "Mended": "" if incident.closed_at is None else _spoken(incident.closed_at, time_zone),
        "Owner": finding.owner,
        "Affected": ", ".join(finding.consumers) or "no product of another domain",
        "Cure": "" if event == "closed" else finding.cure,
        "Runbook": link,
    }
    return Message(
        key=f"{incident.incident_id}/{event}/{finding.grade}",
        event=event,
        incident=incident,
        subject=f"{finding.port} {OPENING[event]}: {finding.about}",
        text="\n".join(f"{name + ':':<10}{line}" for name, line in lines.items() if line),
        runbook_url=link,
    )


def _spoken(instant: datetime, time_zone: str) -> str:
    local = instant.astimezone(ZoneInfo(time_zone))
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M} ({time_zone})"
