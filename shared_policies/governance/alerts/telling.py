"""One look at what is wrong, and telling every channel its news.

Belongs here: the order of looking, telling and remembering. Does not: any of the three.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.alerts.delivery import Channel, deliver
from shared_policies.governance.alerts.incidents import Incident, IncidentStore, looked_at
from shared_policies.governance.alerts.messages import message
from shared_policies.platform.errors import PipelineError, RetryLater

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from logging import Logger

    from shared_policies.governance.alerts.findings import Finding

WAIT_SECONDS = 0.5


def tell(
    found: Iterable[Finding],
    *,
    store: IncidentStore,
    channels: Sequence[Channel],
    now: datetime,
    log: Logger,
    runbook_url: str,
    time_zone: str,
    wait_seconds: float = WAIT_SECONDS,
) -> list[Incident]:
    """Bring the incidents up to `found` and tell each channel what it does not know yet.

    What cannot be delivered is logged and stays due for the next look. A channel that falters is
    left alone until then, so that it does not hold up the others; one refused message does not
    hold up the next. Returned: the incidents as remembered.
    """
    names = {channel.name for channel in channels}
    known = [incident.known_to(names) for incident in store.known()]
    incidents = looked_at(known, found, now=now)
    store.keep(incidents)
    for channel in channels:
        for position, incident in enumerate(incidents):
            event = incident.news_for(channel.name)
            if event is None:
                continue
            news = message(incident, event, runbook_url=runbook_url, time_zone=time_zone)
            try:
                deliver(channel, news, wait_seconds=wait_seconds)
            except PipelineError as error:
                log.error("%s: not told of %s. %s", channel.name, incident.incident_id, error)  # noqa: TRY400  the message holds the cure; a traceback would show the secret
                if isinstance(error, RetryLater):
                    break
                continue
            incidents[position] = incident.after_telling(channel.name)
            store.keep(incidents)
    return incidents
