"""The audits of the last weeks, read once each.

Belongs here: remembering, in one process, what was read. Does not: what it means (sli).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from shared_policies.governance.ledger import AuditRecord, Ledger


@dataclass(slots=True)
class RecentAudits:
    """A look every few minutes at weeks of immutable files: each is read at the first look only."""

    span: timedelta
    _known: dict[str, dict[str, AuditRecord]] = field(default_factory=dict)

    def look(self, ledger: Ledger, *, now: datetime) -> list[AuditRecord]:
        """Every record of the last `span`; of a product without any, the last one."""
        for port in ledger.ports():
            known = self._known.setdefault(port, {})
            newest = max((record.at for record in known.values()), default=now - self.span)
            known.update({one.record_id: one for one in ledger.records(port, since=newest)})
            if not known and (last := ledger.latest(port)) is not None:
                known[last.record_id] = last
        return [record for port in self._known for record in self._of_span(port, now)]

    def _of_span(self, port: str, now: datetime) -> list[AuditRecord]:
        known = self._known[port]
        ordered = sorted(known.values(), key=lambda record: record.at)
        kept = [record for record in ordered if record.at >= now - self.span] or ordered[-1:]
        self._known[port] = {record.record_id: record for record in kept}
        return kept
