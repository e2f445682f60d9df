"""One incident per product and matter: opened once, worse once per grade, closed once.

Belongs here: what is open, who was told of what, the file that remembers it. Does not: what is
wrong (findings), how a message travels (delivery).

Told is remembered per channel and after each delivery: a channel that fails is tried again on the
next look, one that is added later hears of what is open, and nobody hears the same thing twice.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from shared_policies.governance.alerts.findings import Finding
from shared_policies.platform.file_store import FileStore
from shared_policies.platform.pull_log import compact

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

OPEN = "incidents/open.json"
CLOSED = "incidents/closed"
Event = Literal["opened", "worse", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """`finding` as last seen, at its worst grade. `told` is the grade by channel last told."""

    incident_id: str
    opened_at: datetime
    finding: Finding
    closed_at: datetime | None = None
    told: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    def news_for(self, channel: str) -> Event | None:
        """What `channel` has yet to be told. It is not told the end of what it never heard of."""
        told = self.told.get(channel)
        if not self.is_open:
            return None if told is None else "closed"
        if told is None:
            return "opened"
        return "worse" if self.finding.grade > told else None

    def known_to(self, channels: Collection[str]) -> Incident:
        """Without what channels were told that do not exist any more: nobody waits for its end."""
        told = {name: grade for name, grade in self.told.items() if name in channels}
        return replace(self, told=told)

    def after_telling(self, channel: str) -> Incident:
        """As it is remembered once `channel` knows its present state."""
        others = {name: grade for name, grade in self.told.items() if name != channel}
        told = {**others, channel: self.finding.grade} if self.is_open else others
        return replace(self, told=told)


def looked_at(
    known: Sequence[Incident], found: Iterable[Finding], *, now: datetime
) -> list[Incident]:
    """`known` incidents after a look that found `found`: still open, worse, closed, and new."""
    by_key = {(one.port, one.about): one for one in found}
    after = []
    for incident in known:
        finding = None
        if incident.is_open:
            finding = by_key.pop((incident.finding.port, incident.finding.about), None)
        if finding is not None:
            after.append(_still(incident, finding))
        else:
            after.append(replace(incident, closed_at=incident.closed_at or now))
    return after + [_opened(finding, now) for finding in by_key.values()]


def _still(incident: Incident, finding: Finding) -> Incident:
    worst = max(incident.finding.grade, finding.grade)
    since = min(incident.finding.since, finding.since)
    return replace(incident, finding=replace(finding, grade=worst, since=since))


def _opened(finding: Finding, now: datetime) -> Incident:
    name = f"{finding.port.replace('/', '.')}.{finding.about}"
    return Incident(incident_id=f"{compact(now)}-{name}", opened_at=now, finding=finding)


@dataclass(frozen=True, slots=True)
class IncidentStore:
    """`incidents/open.json`, and one file per closed incident, below governance's folder or URL.

    One sensor writes it; a tick that ends half way leaves the state after its last delivery.
    """

    root_url: str

    @property
    def files(self) -> FileStore:
        return FileStore(self.root_url)

    def known(self) -> list[Incident]:
        """What is open, and what is closed and not yet told to all who heard of it."""
        if not self.files.exists(OPEN):
            return []
        return [_from_json(one) for one in json.loads(self.files.read(OPEN))]

    def keep(self, incidents: Iterable[Incident]) -> None:
        """Remember `incidents`; those that are over for everybody move to their own file."""
        kept = []
        for incident in incidents:
            if incident.is_open or incident.told:
                kept.append(incident)
            else:
                self.files.write(f"{CLOSED}/{incident.incident_id}.json", _encoded(incident))
        self.files.write(OPEN, b"[" + b",\n".join(map(_encoded, kept)) + b"]")

    def closed(self) -> list[Incident]:
        """All that are over, oldest first."""
        names = self.files.names(CLOSED)
        return [_from_json(json.loads(self.files.read(f"{CLOSED}/{name}"))) for name in names]


def _encoded(incident: Incident) -> bytes:
    return json.dumps(asdict(incident), default=datetime.isoformat, indent=1).encode()


def _from_json(shown: Mapping[str, Any]) -> Incident:
    finding = {one.name: shown["finding"][one.name] for one in fields(Finding)}
    closed_at = shown["closed_at"]
    return Incident(
        incident_id=shown["incident_id"],
        opened_at=datetime.fromisoformat(shown["opened_at"]),
        finding=Finding(
            **{
                **finding,
                "since": datetime.fromisoformat(finding["since"]),
                "consumers": tuple(finding["consumers"]),
            }
        ),
        closed_at=None if closed_at is None else datetime.fromisoformat(closed_at),
        told=shown["told"],
    )
